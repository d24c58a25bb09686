package org.autoloss.data.pose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.autoloss.data.Extent;
import org.autoloss.data.Normalisation;
import org.autoloss.data.ObjectLabel;
import org.autoloss.data.ObjectSample;
import org.autoloss.data.Target;
import org.autoloss.internal.RandomStreams;
import org.autoloss.metric.detection.Box;
import org.autoloss.metric.detection.Keypoints;
import org.junit.jupiter.api.Test;

/** Keypoints stay where the picture shows them, and regions are those of the literature. */
class PoseTransformTest {
  private static final Extent INPUT = new Extent(64, 48);
  private static final Skeleton PAIR =
      new Skeleton(List.of("left_end", "right_end"), List.of(List.of(0, 1)));

  /** The affine map that takes three points to three others, by Cramer's rule. */
  private static AffineMap through(double[][] from, double[][] to) {
    double d = determinant(from, column(from, 0), column(from, 1));
    double[][] rows = new double[2][];
    for (int i = 0; i < 2; i++) {
      double[] b = column(to, i);
      rows[i] =
          new double[] {
            determinant(from, b, column(from, 1)) / d,
            determinant(from, column(from, 0), b) / d,
            (column(from, 0)[0] * (column(from, 1)[1] * b[2] - b[1] * column(from, 1)[2])
                    - column(from, 1)[0] * (column(from, 0)[1] * b[2] - b[1] * column(from, 0)[2])
                    + b[0]
                        * (column(from, 0)[1] * column(from, 1)[2]
                            - column(from, 1)[1] * column(from, 0)[2]))
                / d
          };
    }
    return new AffineMap(rows[0][0], rows[0][1], rows[0][2], rows[1][0], rows[1][1], rows[1][2]);
  }

  /** Of the matrix with columns a, b and ones. */
  private static double determinant(double[][] any, double[] a, double[] b) {
    return a[0] * (b[1] - b[2]) - b[0] * (a[1] - a[2]) + a[1] * b[2] - b[1] * a[2];
  }

  private static double[] column(double[][] points, int axis) {
    return Arrays.stream(points).mapToDouble(point -> point[axis]).toArray();
  }

  @Test
  void to_turnedRegion_takesItsCornersToThoseOfTheInput() {
    RandomGenerator random = RandomStreams.stream(4);
    for (int i = 0; i < 30; i++) {
      boolean wide = i % 3 == 0;
      boolean flipped = i % 2 == 0;
      double width = random.nextDouble(10, 100);
      double height = width * 64 / 48; // of the input's ratio, so that corners meet corners
      CropRegion region =
          new CropRegion(
              random.nextDouble(-20, 80),
              random.nextDouble(-20, 80),
              wide ? width : width * 0.7, // the shorter side grows
              wide ? height * 0.6 : height,
              random.nextDouble(-180, 180));
      double t = Math.toRadians(region.degrees());
      double[][] corners = new double[3][];
      double[][] ends = {{0, 0}, {48, 0}, {0, 64}};
      for (int c = 0; c < 3; c++) {
        double u = c == 1 ? width / 2 : -width / 2;
        double v = c == 2 ? height / 2 : -height / 2;
        // shown upright in the input, it lies turned with the clock in the image
        corners[c] =
            new double[] {
              region.x() + u * Math.cos(t) - v * Math.sin(t),
              region.y() + u * Math.sin(t) + v * Math.cos(t)
            };
        ends[c][0] = flipped ? 48 - ends[c][0] : ends[c][0];
      }
      assertClose(region.to(INPUT, flipped), through(corners, ends));
    }
  }

  private static void assertClose(AffineMap got, AffineMap expected) {
    double[][] points = {{0, 0}, {100, 0}, {0, 100}};
    for (double[] p : points) {
      assertThat(got.x(p[0], p[1])).isCloseTo(expected.x(p[0], p[1]), within(1e-8));
      assertThat(got.y(p[0], p[1])).isCloseTo(expected.y(p[0], p[1]), within(1e-8));
      double x = got.x(p[0], p[1]);
      double y = got.y(p[0], p[1]);
      assertThat(got.inverse().x(x, y)).isCloseTo(p[0], within(1e-8));
      assertThat(got.inverse().y(x, y)).isCloseTo(p[1], within(1e-8));
    }
  }

  /** Two discs, red at the left end and blue at the right one, on black. */
  private static PoseSample discs(RandomGenerator random) {
    int width = 90;
    int height = 70;
    double[] points = {
      random.nextInt(20, 40) + .5, random.nextInt(15, 55) + .5, 2,
      random.nextInt(50, 70) + .5, random.nextInt(15, 55) + .5, 1
    };
    byte[] rgb = new byte[3 * width * height];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        for (int k = 0; k < 2; k++) {
          double distance = Math.hypot(x + .5 - points[3 * k], y + .5 - points[3 * k + 1]);
          if (distance < 5) {
            rgb[3 * (y * width + x) + 2 * k] = (byte) 255;
          }
        }
      }
    }
    Keypoints keypoints = new Keypoints(points);
    Box box = new Box(10, 5, 70, 60);
    ObjectLabel object = new ObjectLabel(1, box, box.area(), false, false, null, keypoints);
    return new PoseSample(
        new ObjectSample("discs", 3, width, height, rgb, new Target(List.of(object))), object);
  }

  @Test
  void apply_anyChange_leavesPointsWhereThePictureShowsThem() {
    PoseAugmentation wild = new PoseAugmentation(0.5, 0, 0.1, 1, 0.8, 1.2, 180, 0.8);
    Extent input = new Extent(128, 96);
    PoseTransform transform = new PoseTransform(input, 1.25, wild, PAIR);
    int flips = 0;
    for (int i = 0; i < 40; i++) {
      RandomGenerator random = RandomStreams.stream(9, i);
      PoseSample sample = discs(random);
      PoseExample example = transform.apply(sample, random);
      AffineMap map = example.map();
      boolean flipped = map.xx() * map.yy() - map.xy() * map.yx() < 0;
      flips += flipped ? 1 : 0;
      for (int k = 0; k < 2; k++) {
        int colour = 2 * (flipped ? 1 - k : k); // names change places, colours do not
        double[] centre = centre(example, input, colour);
        // bilinear pictures of a disc, whose edge has steps of a pixel
        assertThat(example.points().x(k)).isCloseTo(centre[0], within(0.3));
        assertThat(example.points().y(k)).isCloseTo(centre[1], within(0.3));
      }
      assertThat(example.points().values()[2]).isEqualTo(flipped ? 1 : 2);
    }
    assertThat(flips).isBetween(10, 30);
  }

  /** The centre of mass of a colour. */
  private static double[] centre(PoseExample example, Extent input, int colour) {
    double mass = 0;
    double x = 0;
    double y = 0;
    float black = Normalisation.IMAGENET.apply(colour, 0);
    for (int i = 0; i < input.pixels(); i++) {
      float value = example.input()[colour * input.pixels() + i];
      double weight = value == 0 ? 0 : value - black; // 0 outside of the image
      mass += weight;
      x += weight * (i % input.width() + .5);
      y += weight * (i / input.width() + .5);
    }
    return new double[] {x / mass, y / mass};
  }

  @Test
  void apply_evaluation_isTheBoxWithAQuarterAroundIt() {
    PoseSample sample = discs(RandomStreams.stream(1));
    PoseExample example =
        PoseTransform.evaluation(INPUT, PAIR).apply(sample, RandomStreams.stream(0));
    // 70 x 60 times 1.25 grows to 87.5 x 116.67 around (45, 35)
    double scale = 48 / 87.5;
    assertThat(example.map().x(45, 35)).isCloseTo(24, within(1e-9));
    assertThat(example.map().y(45, 35)).isCloseTo(32, within(1e-9));
    assertThat(example.map().x(46, 35) - 24).isCloseTo(scale, within(1e-9));
    assertThat(example.map().y(46, 35) - 32).isCloseTo(0, within(1e-9));
    // above the image is the mean colour; the image ends at y = 0, 35 * scale above the centre
    int edge = (int) (32 - 35 * scale);
    assertThat(example.input()[(edge - 1) * 48 + 24]).isZero();
    assertThat(example.input()[(edge + 1) * 48 + 24]).isEqualTo(Normalisation.IMAGENET.apply(0, 0));
  }

  @Test
  void picture_sameSizeAndPlace_isTheImage() {
    byte[] rgb = new byte[3 * 6 * 4];
    new java.util.Random(1).nextBytes(rgb);
    ObjectSample image = new ObjectSample("s", 1, 6, 4, rgb, new Target(List.of()));
    float[] picture = new AffineMap(1, 0, 0, 0, 1, 0).picture(image, new Extent(4, 6));
    for (int i = 0; i < 24; i++) {
      for (int c = 0; c < 3; c++) {
        assertThat(picture[24 * c + i]).isEqualTo(rgb[3 * i + c] & 0xFF);
      }
    }
    float[] moved = new AffineMap(1, 0, 0.5, 0, 1, 0).picture(image, new Extent(1, 3));
    assertThat(moved[1]).isEqualTo(((rgb[0] & 0xFF) + (rgb[3] & 0xFF)) / 2f);
    assertThat(moved[0]).isEqualTo(rgb[0] & 0xFF); // on the image's edge
  }

  @Test
  void draw_distribution_isThatOfItsNumbers() {
    CropRegion whole = new CropRegion(0, 0, 100, 200, 0);
    Keypoints points = new Keypoints(new double[] {1, 1, 2, 3, 3, 2});
    int draws = 4000;
    int flips = 0;
    int moves = 0;
    int turns = 0;
    double scale = 0;
    double largestTurn = 0;
    for (int i = 0; i < draws; i++) {
      PoseAugmentation.Drawn drawn =
          PoseAugmentation.MMPOSE.draw(whole, points, PAIR, RandomStreams.stream(6, i));
      CropRegion region = drawn.region();
      flips += drawn.flipped() ? 1 : 0;
      moves += region.x() != 0 ? 1 : 0;
      turns += region.degrees() != 0 ? 1 : 0;
      scale += region.width() / 100 / draws;
      largestTurn = Math.max(largestTurn, Math.abs(region.degrees()));
      assertThat(region.width()).isBetween(50.0, 150.0);
      assertThat(region.height()).isCloseTo(2 * region.width(), within(1e-9));
      assertThat(Math.abs(region.x())).isLessThanOrEqualTo(16);
      assertThat(Math.abs(region.y())).isLessThanOrEqualTo(32);
    }
    // four deviations of a share of 4000, at most 0.032; of the mean of sizes 0.27/63 = 0.0043 each
    assertThat((double) flips / draws).isCloseTo(0.5, within(0.032));
    assertThat((double) moves / draws).isCloseTo(0.3, within(0.032));
    assertThat((double) turns / draws).isCloseTo(0.6, within(0.032));
    assertThat(scale).isCloseTo(1, within(0.018));
    assertThat(largestTurn).isBetween(75.0, 80.0);
  }

  @Test
  void draw_halfABody_isAroundItsPoints() {
    PoseAugmentation always = new PoseAugmentation(0, 1, 0, 0, 1, 1, 0, 0);
    Skeleton coco = new Skeleton(Skeleton.COCO, List.of());
    double[] values = new double[51];
    for (int k = 0; k < 17; k++) {
      values[3 * k] = 10 + k;
      values[3 * k + 1] = coco.isLower(k) ? 100 + 2 * k : 3 * k;
      values[3 * k + 2] = 2;
    }
    CropRegion whole = new CropRegion(15, 60, 30, 150, 0);
    // upper points: 0 to 10, lower ones 11 to 16
    CropRegion upper = new CropRegion(15, 15, 15, 45, 0);
    CropRegion lower = new CropRegion(23.5, 127, 7.5, 15, 0);
    int uppers = 0;
    for (int i = 0; i < 1000; i++) {
      CropRegion got =
          always.draw(whole, new Keypoints(values), coco, RandomStreams.stream(2, i)).region();
      uppers += got.equals(upper) ? 1 : 0;
      assertThat(got).isIn(upper, lower);
    }
    assertThat(uppers).isBetween(640, 760); // four deviations around 700
    Keypoints few = new Keypoints(values.clone());
    for (int k = 0; k < 9; k++) {
      few.values()[3 * k + 2] = 0;
    }
    assertThat(always.draw(whole, few, coco, RandomStreams.stream(2)).region()).isEqualTo(whole);
    assertThat(IntStream.range(0, 17).filter(coco::isLower))
        .containsExactly(11, 12, 13, 14, 15, 16);
  }

  @Test
  void batch_targets_followThePoints() {
    PoseTransform transform = PoseTransform.evaluation(INPUT, PAIR);
    List<PoseExample> examples =
        IntStream.range(0, 3)
            .mapToObj(i -> transform.apply(discs(RandomStreams.stream(i)), RandomStreams.stream(0)))
            .toList();
    PoseBatch batch = PoseBatch.of(examples, INPUT);
    HeatMaps targets = batch.targets(new Extent(16, 12), 1);
    for (int i = 0; i < 3; i++) {
      for (int k = 0; k < 2; k++) {
        HeatMaps.Peak peak = targets.peak(2 * i + k);
        assertThat(4 * peak.x()).isCloseTo(examples.get(i).points().x(k), within(2.01));
        assertThat(4 * peak.y()).isCloseTo(examples.get(i).points().y(k), within(2.01));
      }
    }
    float[] mirrored = batch.mirroredInputs();
    assertThat(mirrored[5 * 48]).isEqualTo(batch.inputs()[5 * 48 + 47]);
    assertThat(mirrored[3 * 3072 + 47]).isEqualTo(batch.inputs()[3 * 3072]);
  }

  @Test
  void augmentation_badNumbers_areRefused() {
    assertThatThrownBy(() -> new PoseAugmentation(0, 0, 0, 0, 2, 1, 0, 0))
        .hasMessage("maxScale: expected 2.0 to 100.0, got 1.0");
    assertThatThrownBy(() -> new PoseAugmentation(0, 0, 0, 0, 1, 1, 270, 0))
        .hasMessageContaining("rotation: expected");
    assertThatThrownBy(() -> new CropRegion(0, 0, 0, 1, 0)).hasMessageContaining("above 0");
  }
}
