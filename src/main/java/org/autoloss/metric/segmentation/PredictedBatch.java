package org.autoloss.metric.segmentation;

import org.autoloss.loss.LabelType;
import org.autoloss.loss.Shape;
import org.bytedeco.javacpp.Pointer;

/** Predicted classes and labels in memory, {@code [N,H,W]} both. */
record PredictedBatch(
    Pointer predictions,
    LabelType predictionType,
    Pointer labels,
    LabelType labelType,
    Shape shape) {}
