package org.autoloss.metric.segmentation;

import org.autoloss.loss.LabelType;
import org.autoloss.loss.LogitsBatch;
import org.autoloss.loss.Shape;
import org.bytedeco.javacpp.Pointer;

/** Predicted classes {@code [N,H,W]} where a batch is, whose labels they are compared with. */
record PredictedBatch(Pointer predictions, LabelType predictionType, LogitsBatch batch) {
  Shape shape() {
    return batch.shape();
  }
}
