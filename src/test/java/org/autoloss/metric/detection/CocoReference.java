package org.autoloss.metric.detection;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * COCO's evaluation written down step by step as pycocotools does it, slow and with all its arrays:
 * what the fast one is compared with.
 */
final class CocoReference {
  private static final double[][] AREAS = {{0, 1e10}, {0, 1024}, {1024, 9216}, {9216, 1e10}};

  private final CocoSettings settings;
  private final List<Long> images;
  private final List<Integer> categories;
  private final List<GroundTruth> truths;
  private final List<Detection> detections;
  // Masks are slow to compare, and compared again for each threshold.
  private final Map<Detection, Map<GroundTruth, Double>> known = new IdentityHashMap<>();

  CocoReference(
      CocoSettings settings,
      List<Long> images,
      List<Integer> categories,
      List<GroundTruth> truths,
      List<Detection> detections) {
    this.settings = settings;
    this.images = images.stream().sorted().toList();
    this.categories = categories.stream().sorted().toList();
    this.truths = truths;
    this.detections = detections;
  }

  /** What one image gives for one category and area range. */
  private record ImageResult(
      double[] scores, long[][] matches, boolean[][] ignored, boolean[] leftOut) {}

  /** All metrics, -1 where one is not defined. */
  Map<String, Double> stats() {
    boolean poses = settings.type() == CocoType.KEYPOINTS;
    int last = settings.limits().size() - 1;
    Map<String, Double> stats = new TreeMap<>();
    stats.put("AP", mean(precision(0, last), -1));
    stats.put("AP50", mean(precision(0, last), 0));
    stats.put("AP75", mean(precision(0, last), 5));
    stats.put("APm", mean(precision(2, last), -1));
    stats.put("APl", mean(precision(3, last), -1));
    stats.put("ARm", mean(recall(2, last), -1));
    stats.put("ARl", mean(recall(3, last), -1));
    if (poses) {
      stats.put("AR", mean(recall(0, last), -1));
      stats.put("AR50", mean(recall(0, last), 0));
      stats.put("AR75", mean(recall(0, last), 5));
    } else {
      stats.put("APs", mean(precision(1, last), -1));
      stats.put("AR1", mean(recall(0, 0), -1));
      stats.put("AR10", mean(recall(0, 1), -1));
      stats.put("AR100", mean(recall(0, 2), -1));
      stats.put("ARs", mean(recall(1, last), -1));
    }
    return stats;
  }

  /** Precision by threshold and then recall and category. */
  private double[][] precision(int area, int limit) {
    return accumulate(area, limit, true);
  }

  private double[][] recall(int area, int limit) {
    return accumulate(area, limit, false);
  }

  private static double mean(double[][] rows, int threshold) {
    double sum = 0;
    int count = 0;
    for (int t = 0; t < rows.length; t++) {
      for (double each : rows[t]) {
        if ((threshold < 0 || t == threshold) && each > -1) {
          sum += each;
          count++;
        }
      }
    }
    return count == 0 ? -1 : sum / count;
  }

  private double[][] accumulate(int area, int limit, boolean precision) {
    int columns = precision ? 101 * categories.size() : categories.size();
    double[][] values = new double[10][columns];
    for (double[] row : values) {
      Arrays.fill(row, -1);
    }
    for (int k = 0; k < categories.size(); k++) {
      List<ImageResult> results = new ArrayList<>();
      for (long image : images) {
        ImageResult result = evaluate(image, categories.get(k), AREAS[area]);
        if (result != null) {
          results.add(result);
        }
      }
      int objects = 0;
      for (ImageResult result : results) {
        for (boolean leftOut : result.leftOut) {
          objects += leftOut ? 0 : 1;
        }
      }
      if (objects == 0) {
        continue;
      }
      for (int t = 0; t < 10; t++) {
        fill(values[t], k, curve(results, t, limit), objects, precision);
      }
    }
    return values;
  }

  /** +1 right, -1 wrong, 0 ignored, of all images, the surest first. */
  private int[] curve(List<ImageResult> results, int threshold, int limit) {
    record Entry(double score, int outcome) {}
    List<Entry> entries = new ArrayList<>();
    for (ImageResult result : results) {
      int count = Math.min(result.scores.length, settings.limits().get(limit));
      for (int d = 0; d < count; d++) {
        boolean matched = result.matches[threshold][d] != 0; // an id, as in pycocotools
        boolean ignored = result.ignored[threshold][d];
        entries.add(new Entry(result.scores[d], ignored ? 0 : matched ? 1 : -1));
      }
    }
    entries.sort(Comparator.comparingDouble(entry -> -entry.score)); // stable
    return entries.stream().mapToInt(Entry::outcome).toArray();
  }

  private void fill(double[] row, int category, int[] outcomes, int objects, boolean precision) {
    int count = outcomes.length;
    double[] recalls = new double[count];
    double[] precisions = new double[count];
    double right = 0;
    double wrong = 0;
    for (int i = 0; i < count; i++) {
      right += outcomes[i] > 0 ? 1 : 0;
      wrong += outcomes[i] < 0 ? 1 : 0;
      recalls[i] = right / objects;
      precisions[i] = right / (wrong + right + Math.ulp(1.0));
    }
    if (!precision) {
      row[category] = count == 0 ? 0 : recalls[count - 1];
      return;
    }
    for (int i = count - 1; i > 0; i--) {
      if (precisions[i] > precisions[i - 1]) {
        precisions[i - 1] = precisions[i];
      }
    }
    for (int r = 0; r <= 100; r++) {
      double wanted = r == 100 ? 1 : r * .01;
      int at = 0;
      while (at < count && recalls[at] < wanted) {
        at++;
      }
      row[r * categories.size() + category] = at < count ? precisions[at] : 0;
    }
  }

  private ImageResult evaluate(long image, int category, double[] area) {
    List<GroundTruth> gts =
        truths.stream().filter(g -> g.image() == image && g.category() == category).toList();
    int most = settings.limits().get(settings.limits().size() - 1);
    List<Detection> dts =
        detections.stream()
            .filter(d -> d.image() == image && d.category() == category)
            .sorted(Comparator.comparingDouble(d -> -d.score()))
            .limit(most)
            .toList();
    if (gts.isEmpty() && dts.isEmpty()) {
      return null;
    }
    List<GroundTruth> sorted = new ArrayList<>(gts);
    sorted.sort(Comparator.comparing(g -> leftOut(g, area)));
    boolean[] leftOut = new boolean[sorted.size()];
    for (int g = 0; g < leftOut.length; g++) {
      leftOut[g] = leftOut(sorted.get(g), area);
    }
    long[][] matches = new long[10][dts.size()];
    boolean[][] ignored = new boolean[10][dts.size()];
    for (int t = 0; t < 10; t++) {
      double threshold = t == 9 ? .95 : .5 + t * ((.95 - .5) / 9);
      match(sorted, leftOut, dts, threshold, matches[t], ignored[t]);
      for (int d = 0; d < dts.size(); d++) {
        double a = dts.get(d).area();
        ignored[t][d] |= matches[t][d] == 0 && (a < area[0] || a > area[1]);
      }
    }
    double[] scores = dts.stream().mapToDouble(Detection::score).toArray();
    return new ImageResult(scores, matches, ignored, leftOut);
  }

  private boolean leftOut(GroundTruth g, double[] area) {
    boolean ignore =
        g.crowd()
            || settings.honoursIgnored() && g.ignored()
            || settings.type() == CocoType.KEYPOINTS && g.keypoints().labelled() == 0;
    return ignore || g.area() < area[0] || g.area() > area[1];
  }

  private void match(
      List<GroundTruth> gts,
      boolean[] leftOut,
      List<Detection> dts,
      double threshold,
      long[] matches,
      boolean[] ignored) {
    boolean[] taken = new boolean[gts.size()];
    for (int d = 0; d < dts.size(); d++) {
      double best = Math.min(threshold, 1 - 1e-10);
      int found = -1;
      for (int g = 0; g < gts.size(); g++) {
        if (taken[g] && !gts.get(g).crowd()) {
          continue;
        }
        if (found > -1 && !leftOut[found] && leftOut[g]) {
          break;
        }
        double overlap = overlap(dts.get(d), gts.get(g));
        if (overlap < best) {
          continue;
        }
        best = overlap;
        found = g;
      }
      if (found > -1) {
        ignored[d] = leftOut[found];
        matches[d] = gts.get(found).id();
        taken[found] = true;
      }
    }
  }

  private double overlap(Detection d, GroundTruth g) {
    return known
        .computeIfAbsent(d, any -> new IdentityHashMap<>())
        .computeIfAbsent(g, any -> compare(d, g));
  }

  private double compare(Detection d, GroundTruth g) {
    return switch (settings.type()) {
      case BBOX -> boxes(d.box(), g.box(), g.crowd());
      case SEGM -> masks((RunLengths) d.segmentation(), (RunLengths) g.segmentation(), g.crowd());
      case KEYPOINTS -> poses(d.keypoints(), g);
    };
  }

  private static double boxes(Box d, Box g, boolean crowd) {
    double w = Math.min(d.x() + d.width(), g.x() + g.width()) - Math.max(d.x(), g.x());
    double h = Math.min(d.y() + d.height(), g.y() + g.height()) - Math.max(d.y(), g.y());
    if (w <= 0 || h <= 0) {
      return 0;
    }
    double a = d.width() * d.height();
    return w * h / (crowd ? a : a + g.width() * g.height() - w * h);
  }

  private static double masks(RunLengths d, RunLengths g, boolean crowd) {
    byte[] p = d.decode();
    byte[] q = g.decode();
    int both = 0;
    int any = 0;
    int own = 0;
    for (int i = 0; i < p.length; i++) {
      both += p[i] & q[i];
      any += p[i] | q[i];
      own += p[i];
    }
    return both == 0 ? 0 : both / (double) (crowd ? own : any);
  }

  private double poses(Keypoints d, GroundTruth g) {
    Keypoints k = g.keypoints();
    double sum = 0;
    int count = 0;
    for (int i = 0; i < k.size(); i++) {
      if (k.labelled() > 0 && !k.labelled(i)) {
        continue;
      }
      double dx = d.x(i) - k.x(i);
      double dy = d.y(i) - k.y(i);
      if (k.labelled() == 0) {
        Box b = g.box();
        dx =
            Math.max(0, b.x() - b.width() - d.x(i)) + Math.max(0, d.x(i) - (b.x() + 2 * b.width()));
        dy =
            Math.max(0, b.y() - b.height() - d.y(i))
                + Math.max(0, d.y(i) - (b.y() + 2 * b.height()));
      }
      double sigma = settings.similarity().sigmas().get(i);
      sum += Math.exp(-(dx * dx + dy * dy) / (4 * sigma * sigma) / (g.area() + 2.3e-16) / 2);
      count++;
    }
    return sum / count;
  }
}
