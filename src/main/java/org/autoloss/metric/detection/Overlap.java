package org.autoloss.metric.detection;

/** How much of an object a detection covers: what the types of evaluation differ in. */
abstract class Overlap {
  static Overlap of(CocoSettings settings) {
    return switch (settings.type()) {
      case BBOX -> new Boxes();
      case SEGM -> new Masks();
      case KEYPOINTS -> new Poses(settings.similarity());
    };
  }

  /** Fills a matrix, one row for each detection. */
  abstract void compare(GroundTruth[] truths, Detection[] detections, double[] overlaps);

  /** Whether an object cannot be found by its nature. */
  boolean leavesOut(GroundTruth truth) {
    return false;
  }

  /** What an object lacks to be compared, or null. */
  abstract String missing(Box box, Segmentation segmentation, Keypoints keypoints);

  private static final class Boxes extends Overlap {
    @Override
    void compare(GroundTruth[] truths, Detection[] detections, double[] overlaps) {
      int at = 0;
      for (Detection detection : detections) {
        for (GroundTruth truth : truths) {
          overlaps[at++] = detection.box().iou(truth.box(), truth.crowd());
        }
      }
    }

    @Override
    String missing(Box box, Segmentation segmentation, Keypoints keypoints) {
      return box == null ? "box" : null;
    }
  }

  private static final class Masks extends Overlap {
    @Override
    void compare(GroundTruth[] truths, Detection[] detections, double[] overlaps) {
      Box[] bounds = new Box[truths.length];
      for (int g = 0; g < truths.length; g++) {
        bounds[g] = ((RunLengths) truths[g].segmentation()).bounds();
      }
      int at = 0;
      for (Detection detection : detections) {
        RunLengths mask = (RunLengths) detection.segmentation();
        Box around = truths.length == 0 ? null : mask.bounds();
        for (int g = 0; g < truths.length; g++) {
          boolean meet = around.iou(bounds[g], truths[g].crowd()) > 0;
          RunLengths truth = (RunLengths) truths[g].segmentation();
          overlaps[at++] = meet ? mask.iou(truth, truths[g].crowd()) : 0;
        }
      }
    }

    @Override
    String missing(Box box, Segmentation segmentation, Keypoints keypoints) {
      return segmentation instanceof RunLengths ? null : "segmentation as runs";
    }
  }

  private static final class Poses extends Overlap {
    private final KeypointSimilarity similarity;

    Poses(KeypointSimilarity similarity) {
      this.similarity = similarity;
    }

    @Override
    void compare(GroundTruth[] truths, Detection[] detections, double[] overlaps) {
      int at = 0;
      for (Detection detection : detections) {
        for (GroundTruth truth : truths) {
          overlaps[at++] =
              similarity.of(detection.keypoints(), truth.keypoints(), truth.box(), truth.area());
        }
      }
    }

    @Override
    boolean leavesOut(GroundTruth truth) {
      return truth.keypoints().labelled() == 0;
    }

    @Override
    String missing(Box box, Segmentation segmentation, Keypoints keypoints) {
      int points = similarity.sigmas().size();
      return keypoints == null || keypoints.size() != points
          ? points + " keypoints, one for each sigma"
          : box == null ? "box" : null;
    }
  }
}
