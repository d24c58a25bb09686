package org.autoloss.nn.models.rcnn;

import org.bytedeco.pytorch.Tensor;

/**
 * What Mask R-CNN gives its five losses in a training step.
 *
 * @param boxes for the four losses of Faster R-CNN
 * @param logits of the masks of regions with objects, each of its object's class, {@code
 *     [P,1,28,28]}, with a gradient function also where P is 0
 * @param targets in [0,1], {@code [P,1,28,28]} float32
 */
public record MaskStep(TrainingStep boxes, Tensor logits, Tensor targets) {}
