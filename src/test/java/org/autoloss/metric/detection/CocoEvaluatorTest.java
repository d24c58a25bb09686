package org.autoloss.metric.detection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.DoubleStream;
import org.autoloss.internal.RandomStreams;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The fast evaluation against the slow one, and properties. */
class CocoEvaluatorTest {
  // The same numbers summed in another order; exp is the same function.
  private static final double SUMS = 1e-12;
  private static final int SIDE = 120;

  private final List<Long> images = new ArrayList<>();
  private final List<Integer> categories = new ArrayList<>();
  private final List<GroundTruth> truths = new ArrayList<>();
  private final List<Detection> detections = new ArrayList<>();

  @ParameterizedTest
  @EnumSource
  void evaluate_generatedCases_agreesWithReference(CocoType type) {
    int defined = 0;
    for (int i = 0; i < 60; i++) {
      RandomGenerator random = RandomStreams.stream(31, type.ordinal(), i);
      draw(random);
      CocoSettings settings = CocoSettings.of(type).withHonoursIgnored(i % 3 == 0);
      if (i % 4 == 1) {
        settings = settings.withLimit(type == CocoType.KEYPOINTS ? 2 : 11);
      }
      Map<String, Double> expected =
          new CocoReference(settings, images, categories, truths, detections).stats();
      Map<String, Double> values = new HashMap<>();
      evaluate(settings).values().forEach((metric, value) -> values.put(metric.label(), value));
      assertThat(values.keySet()).isEqualTo(expected.keySet());
      for (Map.Entry<String, Double> each : expected.entrySet()) {
        assertThat(values.get(each.getKey()))
            .as("case %d, %s", i, each.getKey())
            .isCloseTo(each.getValue(), within(SUMS));
        defined += each.getValue() > 0 && each.getValue() < 1 ? 1 : 0;
      }
    }
    assertThat(defined).as("values that say something").isGreaterThan(300);
  }

  private CocoResult evaluate(CocoSettings settings) {
    return new CocoEvaluator(settings).evaluate(images, categories, truths, detections);
  }

  /** Few places, sizes and scores, so that overlaps, areas and scores tie. */
  private void draw(RandomGenerator random) {
    images.clear();
    categories.clear();
    truths.clear();
    detections.clear();
    int imageCount = random.nextInt(6);
    int categoryCount = 1 + random.nextInt(3);
    for (int i = 0; i < imageCount; i++) {
      images.add((long) (imageCount - i) * 7);
    }
    for (int k = 0; k < categoryCount; k++) {
      categories.add(k * 3);
    }
    for (long image : images) {
      int objects = random.nextInt(7);
      for (int i = 0; i < objects; i++) {
        truths.add(truth(random, image, truths.size() + 1));
      }
      int found = random.nextInt(40);
      for (int i = 0; i < found; i++) {
        detections.add(detection(random, image));
      }
    }
  }

  private int category(RandomGenerator random) {
    return categories.get(random.nextInt(categories.size()));
  }

  private GroundTruth truth(RandomGenerator random, long image, int id) {
    Box box = box(random);
    double area =
        new double[] {box.area(), 1024, 9216, Math.nextUp(1024.0), Math.nextDown(9216.0)}
            [random.nextInt(5)];
    return new GroundTruth(
        id,
        image,
        category(random),
        box,
        area,
        random.nextInt(6) == 0,
        random.nextInt(6) == 0,
        Polygons.of(box).runs(SIDE, SIDE),
        points(random, box, random.nextInt(6) == 0));
  }

  private Detection detection(RandomGenerator random, long image) {
    Box box = box(random);
    double score = random.nextInt(5) / 4.0;
    double area = random.nextInt(4) == 0 ? 1024 : box.area();
    return new Detection(
        image,
        category(random),
        score,
        box,
        area,
        Polygons.of(box).runs(SIDE, SIDE),
        points(random, box, false));
  }

  private static Box box(RandomGenerator random) {
    double[] sides = {0, 16, 32, 34, 96, 100};
    return new Box(
        random.nextInt(3) * 4,
        random.nextInt(3) * 4,
        sides[random.nextInt(sides.length)],
        sides[random.nextInt(sides.length)]);
  }

  private static Keypoints points(RandomGenerator random, Box box, boolean none) {
    double[] values = new double[51];
    for (int i = 0; i < values.length && !none; i += 3) {
      values[i] = box.x() + box.width() * (i / 51.0) + random.nextInt(3);
      values[i + 1] = box.y() + box.height() * (i / 51.0) + random.nextInt(3);
      values[i + 2] = random.nextInt(3);
    }
    return new Keypoints(values);
  }

  @Test
  void evaluate_detectionOnAnObjectOfIdZero_isRight() {
    images.add(1L);
    categories.add(1);
    Box box = new Box(0, 0, 50, 50);
    truths.add(GroundTruth.of(0, 1, 1, box));
    detections.add(Detection.of(1, 1, .5, box));
    CocoResult result = evaluate(CocoSettings.of(CocoType.BBOX));
    assertThat(result.value(CocoMetric.AP)).isCloseTo(1, within(SUMS));
    assertThat(result.value(CocoMetric.AP_SMALL)).isEqualTo(-1);
    assertThat(result.value(CocoMetric.AR1)).isEqualTo(1);
    assertThat(result.evaluation().value(CocoMetric.AP_SMALL)).isNaN();
    assertThat(result.curve(0, 9)).hasSize(101).containsOnly(1 / (1 + Math.ulp(1.0)));
  }

  @Test
  void evaluate_nothing_isUndefined() {
    assertThat(evaluate(CocoSettings.of(CocoType.BBOX)).values().values()).containsOnly(-1.0);
  }

  @Test
  void evaluate_onManyThreads_hasTheSameBits() {
    draw(RandomStreams.stream(77));
    Map<CocoMetric, Double> first = evaluate(CocoSettings.of(CocoType.SEGM)).values();
    for (int i = 0; i < 5; i++) {
      assertThat(evaluate(CocoSettings.of(CocoType.SEGM)).values()).isEqualTo(first);
    }
  }

  @Test
  void evaluate_strangers_areRefused() {
    images.add(1L);
    categories.add(1);
    Box box = new Box(0, 0, 5, 5);
    detections.add(Detection.of(2, 1, .5, box));
    assertThatThrownBy(() -> evaluate(CocoSettings.of(CocoType.BBOX)))
        .hasMessage("image: expected one of the data set, got 2");
    detections.set(0, Detection.of(1, 3, .5, box));
    assertThatThrownBy(() -> evaluate(CocoSettings.of(CocoType.BBOX)))
        .hasMessage("category: expected one of the data set, got 3");
    detections.set(0, Detection.of(1, 1, .5, box));
    assertThatThrownBy(() -> evaluate(CocoSettings.of(CocoType.SEGM)))
        .hasMessageStartingWith("detection: expected a segmentation as runs, got none");
    assertThatThrownBy(() -> evaluate(CocoSettings.of(CocoType.KEYPOINTS)))
        .hasMessageStartingWith("detection: expected a 17 keypoints, one for each sigma");
    assertThatThrownBy(() -> Detection.of(1, 1, Double.NaN, box))
        .hasMessage("score: expected a number, got NaN");
  }

  @Test
  void similarity_ofTheSamePoints_isOne() {
    Keypoints points = new Keypoints(new double[] {1, 2, 2, 3, 4, 1, 0, 0, 0});
    KeypointSimilarity similarity = KeypointSimilarity.uniform(3, .07);
    Box box = new Box(0, 0, 5, 5);
    assertThat(similarity.of(points, points, box, 25)).isEqualTo(1);
    Keypoints moved = new Keypoints(new double[] {2, 2, 0, 3, 4, 0, 9, 9, 0});
    // one of two labelled points is off by 1; the third is not labelled
    assertThat(similarity.of(moved, points, box, 25))
        .isCloseTo((1 + Math.exp(-1 / (.14 * .14) / 25 / 2)) / 2, within(SUMS));
  }

  @Test
  void pairwiseSum_anyLength_isNearTheExactSum() {
    RandomGenerator random = RandomStreams.stream(5);
    for (int count : new int[] {0, 1, 7, 8, 9, 127, 128, 129, 1000, 8191, 8193, 30_000}) {
      double[] values = DoubleStream.generate(random::nextDouble).limit(count).toArray();
      assertThat(PairwiseSum.of(values, count))
          .isCloseTo(DoubleStream.of(values).sum(), within(1e-12 * Math.max(1, count)));
    }
  }

  @Test
  void order_ofTies_isTheirOwn() {
    RandomGenerator random = RandomStreams.stream(6);
    for (int count : new int[] {0, 1, 7, 8, 9, 100, 1000}) {
      double[] keys = new double[count];
      for (int i = 0; i < count; i++) {
        keys[i] = random.nextInt(5);
      }
      int[] order = StableOrder.descending(keys, count);
      assertThat(order).hasSize(count).doesNotHaveDuplicates();
      for (int i = 1; i < count; i++) {
        boolean ordered =
            keys[order[i - 1]] > keys[order[i]]
                || keys[order[i - 1]] == keys[order[i]] && order[i - 1] < order[i];
        assertThat(ordered).isTrue();
      }
    }
  }
}
