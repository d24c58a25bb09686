package org.autoloss.metric.detection;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/**
 * Compares the detections of a whole data set with what is there.
 *
 * <p>Objects and detections are put into the order of categories, and within each in that of
 * images, by two counting sorts, so that no table of all images and categories is needed. Each
 * category is then one walk over its images ({@link ImageMatcher}) and one sort of its detections;
 * categories run on all cores of the common pool. The result does not depend on their number.
 */
public final class CocoEvaluator {
  private final CocoSettings settings;
  private final Overlap overlap;

  /**
   * An evaluator.
   *
   * @param settings how to compare
   */
  public CocoEvaluator(CocoSettings settings) {
    this.settings = settings;
    overlap = Overlap.of(settings);
  }

  /**
   * Evaluates.
   *
   * @param images the numbers of all images, also of those without objects
   * @param categories the numbers of all categories
   * @param truths all objects; segmentations as {@link RunLengths}
   * @param detections of all images; those of one image and category with equal scores rank in this
   *     order
   * @return precision and recall
   * @throws IllegalArgumentException if an object or detection is of another image or category, or
   *     lacks what is to be compared
   */
  public CocoResult evaluate(
      Collection<Long> images,
      Collection<Integer> categories,
      List<GroundTruth> truths,
      List<Detection> detections) {
    long[] imageIds = images.stream().mapToLong(Long::longValue).sorted().distinct().toArray();
    long[] categoryIds =
        categories.stream().mapToLong(Integer::longValue).sorted().distinct().toArray();
    GroundTruth[] there = truths.toArray(new GroundTruth[0]);
    Detection[] claimed = detections.toArray(new Detection[0]);
    for (GroundTruth each : there) {
      require("truth", each, overlap.missing(each.box(), each.segmentation(), each.keypoints()));
    }
    for (Detection each : claimed) {
      require(
          "detection", each, overlap.missing(each.box(), each.segmentation(), each.keypoints()));
    }
    Groups objects =
        Groups.of(
            places(there.length, imageIds, "image", i -> there[i].image()),
            places(there.length, categoryIds, "category", i -> there[i].category()),
            imageIds.length,
            categoryIds.length);
    Groups found =
        Groups.of(
            places(claimed.length, imageIds, "image", i -> claimed[i].image()),
            places(claimed.length, categoryIds, "category", i -> claimed[i].category()),
            imageIds.length,
            categoryIds.length);
    CocoResult result = new CocoResult(settings, categoryIds);
    IntStream.range(0, categoryIds.length)
        .parallel()
        .forEach(k -> result.set(k, matches(k, there, objects, claimed, found)));
    return result;
  }

  private static void require(String argument, Object object, String missing) {
    if (missing != null) {
      throw new IllegalArgumentException(
          argument + ": expected a " + missing + ", got none in " + object);
    }
  }

  private interface Ids {
    long at(int i);
  }

  private static int[] places(int count, long[] known, String what, Ids ids) {
    int[] places = new int[count];
    for (int i = 0; i < count; i++) {
      places[i] = Arrays.binarySearch(known, ids.at(i));
      if (places[i] < 0) {
        throw new IllegalArgumentException(
            what + ": expected one of the data set, got " + ids.at(i));
      }
    }
    return places;
  }

  private CategoryMatches matches(
      int category, GroundTruth[] there, Groups objects, Detection[] claimed, Groups found) {
    CategoryMatches matches = new CategoryMatches();
    ImageMatcher matcher = new ImageMatcher(settings);
    int most = settings.limits().get(settings.limits().size() - 1);
    int g = objects.begin(category);
    int d = found.begin(category);
    int lastG = objects.begin(category + 1);
    int lastD = found.begin(category + 1);
    while (g < lastG || d < lastD) {
      int image =
          Math.min(
              g < lastG ? objects.image(g) : Integer.MAX_VALUE,
              d < lastD ? found.image(d) : Integer.MAX_VALUE);
      int endG = objects.endOfImage(g, lastG, image);
      int endD = found.endOfImage(d, lastD, image);
      GroundTruth[] truths = new GroundTruth[endG - g];
      for (int i = 0; i < truths.length; i++) {
        truths[i] = there[objects.item(g + i)];
      }
      int from = d;
      Detection[] surest = surest(endD - d, most, i -> found.item(from + i), claimed);
      matcher.match(truths, surest, matches);
      g = endG;
      d = endD;
    }
    matches.sort();
    return matches;
  }

  private static Detection[] surest(
      int count, int most, IntUnaryOperator item, Detection[] claimed) {
    double[] scores = new double[count];
    for (int i = 0; i < count; i++) {
      scores[i] = claimed[item.applyAsInt(i)].score();
    }
    int[] order = StableOrder.descending(scores, count);
    Detection[] surest = new Detection[Math.min(count, most)];
    for (int i = 0; i < surest.length; i++) {
      surest[i] = claimed[item.applyAsInt(order[i])];
    }
    return surest;
  }

  /** Items in the order of categories, images, and their own. */
  private record Groups(int[] items, int[] imageOf, int[] begins) {
    static Groups of(int[] images, int[] categories, int imageCount, int categoryCount) {
      int[] order = new int[images.length];
      for (int i = 0; i < order.length; i++) {
        order[i] = i;
      }
      order = sorted(order, images, begins(images, imageCount));
      int[] begins = begins(categories, categoryCount);
      return new Groups(sorted(order, categories, begins), images, begins);
    }

    private static int[] begins(int[] keys, int count) {
      int[] begins = new int[count + 1];
      for (int key : keys) {
        begins[key + 1]++;
      }
      for (int i = 0; i < count; i++) {
        begins[i + 1] += begins[i];
      }
      return begins;
    }

    private static int[] sorted(int[] order, int[] keys, int[] begins) {
      int[] next = begins.clone();
      int[] sorted = new int[order.length];
      for (int item : order) {
        sorted[next[keys[item]]++] = item;
      }
      return sorted;
    }

    int begin(int category) {
      return begins[category];
    }

    int item(int at) {
      return items[at];
    }

    int image(int at) {
      return imageOf[items[at]];
    }

    int endOfImage(int from, int last, int image) {
      int end = from;
      while (end < last && image(end) == image) {
        end++;
      }
      return end;
    }
  }
}
