package org.autoloss.metric.detection;

/** Counts the keypoints that are found, for {@link PckMetric}. */
public final class FoundPoints {
  private final long[][] found;
  private final long[] labelled;

  /**
   * Nothing counted.
   *
   * @param points how many keypoints each object has
   */
  public FoundPoints(int points) {
    found = new long[PckMetric.values().length][points];
    labelled = new long[points];
  }

  /**
   * Counts an object.
   *
   * @param predicted its points, by a detector that was told where it is
   * @param truth its points; those that are not labelled do not count
   * @param box of the object
   */
  public void add(Keypoints predicted, Keypoints truth, Box box) {
    for (int k = 0; k < labelled.length; k++) {
      if (truth.labelled(k)) {
        labelled[k]++;
        for (PckMetric metric : PckMetric.values()) {
          found[metric.ordinal()][k] += metric.found(predicted, truth, k, box) ? 1 : 0;
        }
      }
    }
  }

  /**
   * The share of objects in which each point is found.
   *
   * @param metric how close it must be
   * @return in [0,1] for each point; NaN for one that is labelled nowhere
   */
  public double[] byPoint(PckMetric metric) {
    double[] shares = new double[labelled.length];
    for (int k = 0; k < shares.length; k++) {
      shares[k] = (double) found[metric.ordinal()][k] / labelled[k];
    }
    return shares;
  }

  /**
   * The mean over the points that are labelled somewhere.
   *
   * @param metric how close they must be
   * @return in [0,1]; NaN if none is labelled
   */
  public double mean(PckMetric metric) {
    double sum = 0;
    int count = 0;
    for (double share : byPoint(metric)) {
      if (!Double.isNaN(share)) {
        sum += share;
        count++;
      }
    }
    return sum / count;
  }
}
