package org.autoloss.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.random.RandomGenerator;
import org.autoloss.internal.RandomStreams;
import org.autoloss.metric.detection.Box;
import org.autoloss.metric.detection.Keypoints;
import org.autoloss.metric.detection.Polygons;
import org.autoloss.metric.detection.RunLengths;
import org.autoloss.metric.detection.Segmentation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Objects stay where the picture shows them. */
class ObjectTransformTest {
  private static final int WIDTH = 64;
  private static final int HEIGHT = 48;

  /** A white rectangle on black, and all that is known of it. */
  private static ObjectSample sample(Box box, boolean polygon) {
    byte[] rgb = new byte[3 * WIDTH * HEIGHT];
    byte[] inside = new byte[WIDTH * HEIGHT];
    for (int y = (int) box.y(); y < box.y() + box.height(); y++) {
      for (int x = (int) box.x(); x < box.x() + box.width(); x++) {
        inside[y * WIDTH + x] = 1;
        for (int c = 0; c < 3; c++) {
          rgb[3 * (y * WIDTH + x) + c] = (byte) 255;
        }
      }
    }
    Segmentation mask = polygon ? Polygons.of(box) : RunLengths.encode(HEIGHT, WIDTH, inside);
    Keypoints points =
        new Keypoints(
            new double[] {
              box.x(), box.y(), 2, box.x() + box.width(), box.y() + box.height(), 1, 0, 0, 0
            });
    ObjectLabel object = new ObjectLabel(3, box, box.area(), false, false, mask, points);
    return new ObjectSample("white", 7, WIDTH, HEIGHT, rgb, new Target(List.of(object)));
  }

  /** The smallest box around the pixels that are more white than black. */
  private static Box white(ObjectExample example) {
    byte[] pixels = new byte[example.width() * example.height()];
    float grey = (Normalisation.IMAGENET.apply(0, 0) + Normalisation.IMAGENET.apply(0, 255)) / 2;
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (example.image()[i] > grey ? 1 : 0);
    }
    return RunLengths.encode(example.height(), example.width(), pixels).bounds();
  }

  private static void assertNear(Box actual, Box expected, double tolerance) {
    assertThat(actual.x()).isCloseTo(expected.x(), within(tolerance));
    assertThat(actual.y()).isCloseTo(expected.y(), within(tolerance));
    assertThat(actual.width()).isCloseTo(expected.width(), within(2 * tolerance));
    assertThat(actual.height()).isCloseTo(expected.height(), within(2 * tolerance));
  }

  @ParameterizedTest
  @CsvSource({
    "48,100,1,0,true",
    "48,100,1,1,true",
    "30,35,1,1,false",
    "96,200,1,1,true",
    "96,200,1,0,false",
    "48,100,0.6,0,true",
    "64,300,0.5,1,false"
  })
  void apply_anyChange_carriesBoxMaskAndPoints(
      int shortSide, int longSide, double crop, double flip, boolean polygon) {
    int seen = 0;
    for (int i = 0; i < 40; i++) {
      RandomGenerator random = RandomStreams.stream(3, i);
      Box box =
          new Box(
              random.nextInt(40),
              random.nextInt(24),
              6 + random.nextInt(17),
              6 + random.nextInt(17));
      ObjectTransform transform =
          new ObjectTransform(
              shortSide,
              longSide,
              crop,
              flip,
              List.of(1, 0, 2),
              PhotometricDistortion.NONE,
              Normalisation.IMAGENET);
      ObjectExample example = transform.apply(sample(box, polygon), random);
      if (example.target().size() == 0) {
        assertThat(crop).isLessThan(1);
        continue;
      }
      ObjectLabel object = example.target().objects().get(0);
      // a pixel's half at each side, of a picture that is scaled
      assertNear(object.box(), white(example), 1.01);
      RunLengths mask = object.mask().runs(example.height(), example.width());
      assertNear(mask.bounds(), white(example), 2.01);
      assertThat(object.label()).isEqualTo(3);
      assertThat(object.area())
          .isCloseTo(box.area() * example.scaleX() * example.scaleY(), within(1e-9));
      Keypoints points = object.keypoints();
      int left = flip == 1 ? 1 : 0; // names change places
      if (crop == 1) {
        double x = flip == 1 ? object.box().x() + object.box().width() : object.box().x();
        assertThat(points.x(left)).isCloseTo(x, within(1e-9));
        assertThat(points.y(left)).isCloseTo(object.box().y(), within(1e-9));
        assertThat(points.values()[3 * left + 2]).isEqualTo(2);
        assertThat(points.labelled()).isEqualTo(2);
      }
      seen++;
    }
    assertThat(seen).isGreaterThan(10);
  }

  @ParameterizedTest
  @CsvSource({"75,60,80,120,100,80", "50,71,80,120,79,113", "64,32,80,128,128,64"})
  void apply_sizes_areTorchvisions(
      int width, int height, int shortSide, int longSide, int newWidth, int newHeight) {
    ObjectSample sample =
        new ObjectSample(
            "s", 1, width, height, new byte[3 * width * height], new Target(List.of()));
    ObjectExample example =
        ObjectTransform.evaluation(shortSide, longSide).apply(sample, RandomStreams.stream(0));
    assertThat(example.width()).isEqualTo(newWidth);
    assertThat(example.height()).isEqualTo(newHeight);
    assertThat(example.scaleX()).isEqualTo((double) newWidth / width);
  }

  @Test
  void apply_sameSize_isTheImage() {
    byte[] rgb = new byte[3 * 5 * 4];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) (4 * i);
    }
    ObjectSample sample = new ObjectSample("s", 1, 5, 4, rgb, new Target(List.of()));
    ObjectExample example = ObjectTransform.evaluation(4, 5).apply(sample, RandomStreams.stream(0));
    for (int c = 0; c < 3; c++) {
      for (int p = 0; p < 20; p++) {
        assertThat(example.image()[20 * c + p])
            .isEqualTo(Normalisation.IMAGENET.apply(c, rgb[3 * p + c] & 0xFF));
      }
    }
  }

  @Test
  void mirrorOf_names_exchangesLeftAndRight() {
    assertThat(ObjectTransform.mirrorOf(List.of("nose", "left_eye", "right_eye", "left_ear")))
        .containsExactly(0, 2, 1, 3);
  }

  @Test
  void batch_ofSizes_isPaddedToTheStride() {
    ObjectTransform transform = ObjectTransform.evaluation(20, 100);
    ObjectExample wide =
        transform.apply(sample(new Box(0, 0, 64, 48), true), RandomStreams.stream(0));
    ObjectSample small = new ObjectSample("s", 1, 8, 8, new byte[192], new Target(List.of()));
    ObjectExample square = transform.apply(small, RandomStreams.stream(0));
    ObjectBatch batch = ObjectBatch.of(List.of(square, wide), 16);
    assertThat(batch.height()).isEqualTo(32);
    assertThat(batch.width()).isEqualTo(32);
    float white = Normalisation.IMAGENET.apply(2, 255);
    int second = 3 * 32 * 32;
    assertThat(batch.images()[second + 2 * 1024 + 19 * 32 + 25]).isEqualTo(white);
    assertThat(batch.images()[second + 2 * 1024 + 19 * 32 + 26]).isZero();
    assertThat(batch.images()[second + 2 * 1024 + 20 * 32]).isZero();
    assertThat(batch.images()[19]).isEqualTo(Normalisation.IMAGENET.apply(0, 0));
    assertThat(batch.images()[20]).isZero();
    assertThatThrownBy(() -> ObjectBatch.of(List.of(), 1)).hasMessageContaining("got none");
  }

  @Test
  void target_forTraining_leavesOutWhatTeachesNothing() {
    Box box = new Box(1, 2, 3, 4);
    ObjectLabel good = new ObjectLabel(1, box, 12, false, false, null, null);
    Target target =
        new Target(
            List.of(
                good,
                new ObjectLabel(1, box, 12, true, false, null, null),
                new ObjectLabel(1, box, 12, false, true, null, null),
                new ObjectLabel(1, new Box(1, 2, 0, 4), 0, false, false, null, null)));
    assertThat(target.forTraining().objects()).containsExactly(good);
    assertThat(target.boxes()).startsWith(1, 2, 4, 6);
    assertThat(target.labels()).containsExactly(1, 1, 1, 1);
  }

  @Test
  void transform_badNumbers_areRefused() {
    assertThatThrownBy(() -> ObjectTransform.training(800, 600))
        .hasMessageStartingWith("sides: expected 1 <= short <= long");
    assertThatThrownBy(() -> ObjectTransform.training(80, 100).withCrop(0))
        .hasMessage("smallestCrop: expected above 0 and up to 1, got 0.0");
  }
}
