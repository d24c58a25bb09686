/**
 * Average precision and recall as COCO defines them, of boxes, instance masks and keypoints, and
 * the run-length masks that they are measured on. Equal to pycocotools: to the last bit where a
 * value is made of sums, products and quotients of doubles.
 */
package org.autoloss.metric.detection;
