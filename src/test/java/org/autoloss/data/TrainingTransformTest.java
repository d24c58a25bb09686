package org.autoloss.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.autoloss.internal.RandomStreams;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainingTransformTest {
  /** Values as they are: what the transform does can then be read off the numbers. */
  private static final Normalisation RAW = new Normalisation(0, 0, 0, 1, 1, 1);

  private static RandomGenerator random(long i) {
    return RandomStreams.stream(5, i);
  }

  private static TrainingTransform plain(int size, double scale, double catMax, double flip) {
    return new TrainingTransform(
        size, size, BaseSize.NONE, scale, scale, catMax, flip, PhotometricDistortion.NONE, RAW);
  }

  /** Red is the column, green the row, blue 7; the label is the column. */
  private static Sample coordinates(int width, int height) {
    byte[] rgb = new byte[3 * width * height];
    byte[] labels = new byte[width * height];
    for (int i = 0; i < labels.length; i++) {
      rgb[3 * i] = (byte) (i % width);
      rgb[3 * i + 1] = (byte) (i / width);
      rgb[3 * i + 2] = 7;
      labels[i] = (byte) (i % width);
    }
    return new Sample("coordinates", width, height, rgb, labels);
  }

  /** Class 1 in the left columns, class 0 elsewhere. */
  private static Sample split(int size, int columns) {
    byte[] labels = new byte[size * size];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = (byte) (i % size < columns ? 1 : 0);
    }
    return new Sample("split", size, size, new byte[3 * size * size], labels);
  }

  @Test
  void apply_scale1_cropsEveryPlaceEquallyOften() {
    Sample sample = coordinates(20, 14);
    int[] lefts = new int[11];
    int[] tops = new int[5];
    int draws = 5500;
    for (int i = 0; i < draws; i++) {
      Example example = plain(10, 1, 1, 0).apply(sample, random(i));
      int left = (int) example.image()[0];
      int top = (int) example.image()[100];
      lefts[left]++;
      tops[top]++;
      for (int p = 0; i < 100 && p < 100; p++) {
        assertThat(example.image()[p]).isEqualTo(left + p % 10);
        assertThat(example.image()[100 + p]).isEqualTo(top + p / 10);
        assertThat(example.labels()[p]).isEqualTo((byte) (left + p % 10));
      }
    }
    // Mean 500 and 1100; 5 standard deviations are 107 and 149.
    assertThat(Arrays.stream(lefts)).allMatch(n -> Math.abs(n - 500) < 110);
    assertThat(Arrays.stream(tops)).allMatch(n -> Math.abs(n - 1100) < 150);
  }

  @Test
  void apply_flip_turnsImageAndLabelsTogetherHalfTheTime() {
    Sample sample = coordinates(10, 10);
    int flips = 0;
    for (int i = 0; i < 1000; i++) {
      Example example = plain(10, 1, 1, 0.5).apply(sample, random(i));
      boolean flipped = example.image()[0] == 9;
      flips += flipped ? 1 : 0;
      for (int p = 0; i < 100 && p < 100; p++) {
        int column = flipped ? 9 - p % 10 : p % 10;
        assertThat(example.image()[p]).isEqualTo(column);
        assertThat(example.image()[100 + p]).isEqualTo(p / 10);
        assertThat(example.labels()[p]).isEqualTo((byte) column);
      }
    }
    assertThat(flips).isBetween(421, 579); // 500 and 5 standard deviations
  }

  @ParameterizedTest
  @CsvSource({"0", "1"})
  void apply_smallImage_isPaddedBelowAndToTheRightAlsoWhenFlipped(double flip) {
    TrainingTransform transform =
        new TrainingTransform(
            12,
            12,
            BaseSize.NONE,
            1,
            1,
            1,
            flip,
            PhotometricDistortion.DEFAULT,
            Normalisation.IMAGENET);
    Example example = transform.apply(coordinates(8, 5), random(1));
    for (int p = 0; p < 144; p++) {
      boolean inside = p % 12 < 8 && p / 12 < 5;
      int column = flip == 1 ? 7 - p % 12 : p % 12;
      assertThat(example.labels()[p]).isEqualTo((byte) (inside ? column : 255));
      for (int c = 0; c < 3; c++) {
        // A dark pixel is far below 0 after normalisation, so that 0 is padding only.
        assertThat(example.image()[c * 144 + p] == 0).isEqualTo(!inside);
      }
    }
  }

  @Test
  void apply_scaleRange_isUniform() {
    TrainingTransform transform =
        new TrainingTransform(
            200, 200, BaseSize.NONE, 0.5, 2, 1, 0, PhotometricDistortion.NONE, RAW);
    Sample sample = coordinates(100, 100);
    double sum = 0;
    double sumOfSquares = 0;
    for (int i = 0; i < 400; i++) {
      byte[] labels = transform.apply(sample, random(i)).labels();
      int width = 0;
      while (width < 200 && labels[width] != (byte) 255) {
        width++;
      }
      assertThat(width).isBetween(50, 200);
      sum += width;
      sumOfSquares += width * width;
    }
    double mean = sum / 400;
    // Uniform on 50..200: mean 125, deviation 43.3; the bounds are 5 standard errors.
    assertThat(mean).isBetween(125 - 10.9, 125 + 10.9);
    assertThat(Math.sqrt(sumOfSquares / 400 - mean * mean)).isBetween(38.0, 48.5);
  }

  @Test
  void apply_catMaxRatio_avoidsCropsOfOneClassWherePossible() {
    Sample sample = split(64, 32);
    int monotonous = 0;
    int monotonousWithout = 0;
    for (int i = 0; i < 1000; i++) {
      monotonous += isMonotonous(plain(16, 1, 0.75, 0).apply(sample, random(i)), 0.75) ? 1 : 0;
      monotonousWithout += isMonotonous(plain(16, 1, 1, 0).apply(sample, random(i)), 0.75) ? 1 : 0;
    }
    // 7 of the 49 places are good: 11 tries fail with probability (42/49)^11 = 0.18.
    assertThat(monotonous).isBetween(123, 244);
    // Without a limit only crops of a single class are drawn again: 15 of 49 places are mixed, 7 of
    // these good.
    assertThat(monotonousWithout).isGreaterThan(400);
  }

  @Test
  void apply_voidPixels_doNotCountForCatMaxRatio() {
    // Left half void, then 8 columns of class 1 and 24 of class 0.
    byte[] labels = new byte[64 * 64];
    for (int i = 0; i < labels.length; i++) {
      int column = i % 64;
      labels[i] = (byte) (column < 32 ? 255 : column < 40 ? 1 : 0);
    }
    Sample sample = new Sample("void", 64, 64, new byte[3 * 64 * 64], labels);
    int good = 0;
    for (int i = 0; i < 300; i++) {
      good += isMonotonous(plain(16, 1, 0.75, 0).apply(sample, random(i)), 0.75) ? 0 : 1;
    }
    assertThat(good).isGreaterThan(200);
  }

  @Test
  void apply_oneClassOnly_endsAfterItsTries() {
    Example example = plain(16, 1, 0.75, 0).apply(split(64, 0), random(0));
    assertThat(example.labels()).containsOnly(0);
  }

  private static boolean isMonotonous(Example example, double ratio) {
    int[] counts = new int[256];
    for (byte label : example.labels()) {
      counts[label & 255]++;
    }
    int labelled = counts[0] + counts[1];
    return labelled == 0 || Math.max(counts[0], counts[1]) >= ratio * labelled;
  }

  @Test
  void apply_equalStreams_giveEqualExamples() {
    Sample sample = VocFixture.sample("a", 1);
    TrainingTransform transform = TrainingTransform.of(24);
    Example first = transform.apply(sample, random(3));
    Example second = transform.apply(sample, random(3));
    Example other = transform.apply(sample, random(4));
    assertThat(second.image()).isEqualTo(first.image());
    assertThat(second.labels()).isEqualTo(first.labels());
    assertThat(other.image()).isNotEqualTo(first.image());
  }

  @Test
  void apply_sampleStaysAsItIs() {
    Sample sample = VocFixture.sample("a", 1);
    byte[] rgb = sample.rgb().clone();
    byte[] labels = sample.labels().clone();
    TrainingTransform.of(24).apply(sample, random(0));
    assertThat(sample.rgb()).isEqualTo(rgb);
    assertThat(sample.labels()).isEqualTo(labels);
  }

  @Test
  void apply_anySizeAndScale_givesFiniteValuesOfTheAskedSize() {
    for (int[] size : new int[][] {{1, 1}, {1, 50}, {7, 3}, {33, 129}}) {
      Sample sample = coordinates(size[0], size[1]);
      for (double scale : new double[] {0.01, 0.5, 1, 1.7, 9}) {
        Example example = plain(32, scale, 0.75, 0.5).apply(sample, random(1));
        assertThat(example.image()).hasSize(3 * 32 * 32);
        assertThat(example.labels()).hasSize(32 * 32);
        for (float value : example.image()) {
          assertThat(value).isBetween(0f, 255f);
        }
      }
    }
  }

  @Test
  void withBase_scalesTheShorterSideFirst() {
    TrainingTransform transform = plain(64, 1, 1, 0).withBase(new BaseSize(0, 20));
    byte[] labels = transform.apply(coordinates(80, 40), random(0)).labels();
    assertThat(labels[19 * 64 + 39]).isNotEqualTo((byte) 255);
    assertThat(labels[20 * 64]).isEqualTo((byte) 255);
    assertThat(labels[40]).isEqualTo((byte) 255);
  }

  @Test
  void constructor_badValues_areNamed() {
    assertRefused(() -> TrainingTransform.of(0), "size: expected");
    assertRefused(() -> TrainingTransform.of(8).withScale(0, 1), "scale: expected");
    assertRefused(() -> TrainingTransform.of(8).withScale(2, 1), "scale: expected");
    assertRefused(() -> TrainingTransform.of(8).withScale(1, Double.NaN), "scale: expected");
    assertRefused(
        () -> TrainingTransform.of(8).withBase(new BaseSize(0, -1)), "base size: expected");
    assertRefused(() -> plain(8, 1, 0, 0), "catMaxRatio: expected");
    assertRefused(() -> plain(8, 1, 1, 1.5), "flipProbability: expected");
    assertRefused(() -> new PhotometricDistortion(0, 2, 0, 0), "contrast: expected");
    assertRefused(() -> new Normalisation(0, 0, 0, 1, 0, 1), "std: expected");
  }

  private static void assertRefused(Runnable call, String start) {
    assertThatIllegalArgumentException().isThrownBy(call::run).withMessageStartingWith(start);
  }
}
