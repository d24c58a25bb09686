package org.autoloss.nn.models.rcnn;

import org.bytedeco.pytorch.Tensor;

/**
 * What Faster R-CNN gives its four losses in a training step.
 *
 * @param objectness logits of the sampled anchors, {@code [S]}
 * @param presence 1 for those with an object, else 0, {@code [S]} float32
 * @param proposals of the anchors with objects
 * @param logits of the sampled regions, {@code [R,C]}
 * @param classes of them, {@code [R]} int64
 * @param regions those with objects
 * @param quality overlap of each region's predicted box with its object's, 1 for the background,
 *     {@code [R]} float32, without a gradient
 */
public record TrainingStep(
    Tensor objectness,
    Tensor presence,
    BoxTargets proposals,
    Tensor logits,
    Tensor classes,
    BoxTargets regions,
    Tensor quality) {}
