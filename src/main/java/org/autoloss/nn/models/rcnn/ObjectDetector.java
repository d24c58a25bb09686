package org.autoloss.nn.models.rcnn;

import java.util.List;

/** Finds objects in images. */
public interface ObjectDetector {
  /**
   * What there is in images.
   *
   * @param batch of images
   * @return the detections of each image, in pixels of the batch
   */
  List<ImageDetections> detect(ImageBatch batch);
}
