/**
 * Faster R-CNN (Ren, He, Girshick, Sun, "Faster R-CNN: towards real-time object detection with
 * region proposal networks", NeurIPS 2015) and Mask R-CNN (He, Gkioxari, Dollár, Girshick, "Mask
 * R-CNN", ICCV 2017) on a feature pyramid, with the names and the numbers of torchvision.
 *
 * <p>Boxes are corners {@code x1, y1, x2, y2} in pixels, four floats for each box. What needs no
 * gradient, such as anchors, proposals and samples, is computed in Java arrays; what a loss sees,
 * in tensors.
 */
package org.autoloss.nn.models.rcnn;
