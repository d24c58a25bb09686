package org.autoloss.task.pose;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.autoloss.data.Extent;
import org.autoloss.data.pose.AffineMap;
import org.autoloss.data.pose.HeatMaps;
import org.autoloss.data.pose.PoseBatch;
import org.autoloss.data.pose.PoseExample;
import org.autoloss.graph.BranchSample;

/**
 * Samples of the rejection protocol: an object's heat maps of the keypoints that are labelled, and
 * how much their maxima may be off.
 *
 * @param sigmas of the keypoints, as of {@link
 *     org.autoloss.metric.detection.KeypointSimilarity#sigmas}
 */
record PoseSamples(List<Double> sigmas) {
  /**
   * The samples of a batch.
   *
   * @param batch of objects
   * @param targets of the batch
   * @param predicted {@code [N,K,H,W]}, of the network
   */
  List<BranchSample> of(PoseBatch batch, HeatMaps targets, float[] predicted) {
    return IntStream.range(0, targets.size())
        .mapToObj(i -> sample(batch, targets, predicted, i))
        .flatMap(Optional::stream)
        .toList();
  }

  /** Empty if no keypoint is in the maps. */
  private Optional<BranchSample> sample(
      PoseBatch batch, HeatMaps targets, float[] predicted, int object) {
    Extent map = targets.map();
    int first = object * targets.points();
    int[] there =
        IntStream.range(0, targets.points())
            .filter(k -> targets.present()[first + k] > 0)
            .toArray();
    if (there.length == 0) {
      return Optional.empty();
    }
    int pixels = map.pixels();
    float[] maps = new float[there.length * pixels];
    float[] wanted = new float[maps.length];
    float[] spots = new float[3 * there.length];
    PoseExample example = batch.examples().get(object);
    double across = (double) map.width() / batch.size().width();
    double down = (double) map.height() / batch.size().height();
    double area = example.sample().object().area() * growth(example.map()) * across * down;
    for (int i = 0; i < there.length; i++) {
      int from = (first + there[i]) * pixels;
      System.arraycopy(predicted, from, maps, i * pixels, pixels);
      System.arraycopy(targets.values(), from, wanted, i * pixels, pixels);
      spots[3 * i] = (float) (example.points().x(there[i]) * across);
      spots[3 * i + 1] = (float) (example.points().y(there[i]) * down);
      double deviation = 2 * sigmas.get(there[i]);
      spots[3 * i + 2] = (float) (2 * deviation * deviation * area);
    }
    boolean finite =
        IntStream.range(0, maps.length).allMatch(i -> Float.isFinite(maps[i]))
            && IntStream.range(0, spots.length).allMatch(i -> Float.isFinite(spots[i]))
            && area > 0;
    return finite && !Arrays.equals(maps, wanted)
        ? Optional.of(
            BranchSample.heatMaps(there.length, map.height(), map.width(), maps, wanted, spots))
        : Optional.empty();
  }

  /** How many square pixels become of one. */
  private static double growth(AffineMap map) {
    return Math.abs(map.xx() * map.yy() - map.xy() * map.yx());
  }
}
