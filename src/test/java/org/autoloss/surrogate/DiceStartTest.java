package org.autoloss.surrogate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import java.util.stream.DoubleStream;
import org.autoloss.internal.RandomStreams;
import org.autoloss.loss.Loss;
import org.autoloss.metric.segmentation.ClassPolicy;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The curves from which a search sets out with the gradient of Dice. */
class DiceStartTest {
  private static final int PIXELS = 500;

  /** One class: probabilities, and whether each pixel is of the class. */
  private record Pixels(double[] p, boolean[] y) {
    static Pixels random(long seed) {
      RandomGenerator random = RandomStreams.stream(seed);
      boolean[] y = new boolean[PIXELS];
      double[] p = new double[PIXELS];
      for (int i = 0; i < PIXELS; i++) {
        y[i] = random.nextInt(4) == 0;
        p[i] = y[i] ? random.nextDouble() : random.nextDouble() * random.nextDouble();
      }
      return new Pixels(p, y);
    }

    double overlap() {
      double shared = 0;
      double sizes = 0;
      for (int i = 0; i < PIXELS; i++) {
        shared += y[i] ? p[i] : 0;
        sizes += p[i] * p[i] + (y[i] ? 1 : 0);
      }
      return 2 * shared / sizes;
    }

    /** Of 2 sum py / (sum p^2 + sum y^2), by the quotient rule. */
    double[] gradientOfDice() {
      double d = overlap();
      double sizes = 0;
      for (int i = 0; i < PIXELS; i++) {
        sizes += p[i] * p[i] + (y[i] ? 1 : 0);
      }
      double[] gradient = new double[PIXELS];
      for (int i = 0; i < PIXELS; i++) {
        gradient[i] = ((y[i] ? 2 : 0) - 2 * p[i] * d) / sizes;
      }
      return gradient;
    }

    /** Of the surrogate of IoU, sum fA(p) y / sum(fO(p) + y - fO(p) y). */
    double[] gradientOfSurrogate(PiecewiseBezier and, PiecewiseBezier or) {
      double shared = 0;
      double union = 0;
      for (int i = 0; i < PIXELS; i++) {
        shared += y[i] ? and.value(p[i]) : 0;
        union += y[i] ? 1 : or.value(p[i]);
      }
      double[] gradient = new double[PIXELS];
      for (int i = 0; i < PIXELS; i++) {
        gradient[i] = y[i] ? and.slope(p[i]) / union : -shared * or.slope(p[i]) / (union * union);
      }
      return gradient;
    }
  }

  private static double cosine(double[] a, double[] b) {
    double dot = 0;
    double aa = 0;
    double bb = 0;
    for (int i = 0; i < a.length; i++) {
      dot += a[i] * b[i];
      aa += a[i] * a[i];
      bb += b[i] * b[i];
    }
    return dot / Math.sqrt(aa * bb);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void dice_atItsOverlap_hasExactlyTheDirectionOfDice(long seed) {
    Pixels pixels = Pixels.random(seed);
    SurrogateParameters exact =
        SurrogateParameters.dice(SegmentationMetric.MIOU, 2, pixels.overlap());
    double[] surrogate = pixels.gradientOfSurrogate(exact.curves().get(0), exact.curves().get(1));
    // Up to the rounding of doubles in the curves' square roots.
    assertThat(1 - cosine(surrogate, pixels.gradientOfDice())).isCloseTo(0, within(1e-9));
  }

  @Test
  void start_realBatch_isNearerToDiceThanTheIdentity() {
    try (PointerScope scope = new PointerScope();
        Loss dice = Loss.parse("dice")) {
      double[] target = gradient(dice);
      double near = cosine(gradient(SurrogateStart.DICE), target);
      double identity = cosine(gradient(SurrogateStart.IDENTITY), target);
      assertThat(near).isGreaterThan(0.97).isGreaterThan(identity);
    }
  }

  private static double[] gradient(SurrogateStart start) {
    SegmentationMetric metric = SegmentationMetric.MIOU;
    SurrogateParameters parameters =
        SurrogateParameters.fromTheta(metric, start.theta(metric), ClassPolicy.ASL);
    try (Loss loss = SurrogateLoss.of(parameters)) {
      return gradient(loss);
    }
  }

  /** By the logits of a batch that is learnt by half. */
  private static double[] gradient(Loss loss) {
    RandomGenerator random = RandomStreams.stream(7);
    int classes = 4;
    int size = 24;
    long[] labels = new long[2 * size * size];
    Arrays.setAll(labels, i -> i / (4 * size) % classes);
    float[] logits = new float[2 * classes * size * size];
    for (int i = 0; i < logits.length; i++) {
      int pixel = i / (classes * size * size) * size * size + i % (size * size);
      boolean own = labels[pixel] == i / (size * size) % classes;
      logits[i] = (float) (random.nextGaussian() + (own ? 1.2 : 0));
    }
    Tensor input = Tensor.create(logits, 2, classes, size, size).set_requires_grad(true);
    loss.apply(input, Tensor.create(labels, 2, size, size)).backward();
    float[] values = new float[logits.length];
    input.grad().contiguous().data_ptr_float().get(values);
    double[] gradient = new double[values.length];
    Arrays.setAll(gradient, i -> values[i]);
    return gradient;
  }

  @ParameterizedTest
  @EnumSource(SurrogateStart.class)
  void theta_anyStart_givesItsCurvesBack(SurrogateStart start) {
    for (SegmentationMetric metric : SegmentationMetric.allSearchable()) {
      double[] theta = start.theta(metric);
      assertThat(DoubleStream.of(theta)).allMatch(value -> value >= 0 && value <= 1);
      SurrogateParameters parameters =
          SurrogateParameters.fromTheta(metric, theta, ClassPolicy.ASL);
      assertThat(parameters.theta()).usingComparatorWithPrecision(1e-12).containsExactly(theta);
    }
  }

  @Test
  void parabola_anyPieces_isOne() {
    for (int pieces = 1; pieces <= 4; pieces++) {
      for (double linear : new double[] {0, 0.4, 1, 4.0 / 3, 2}) {
        PiecewiseBezier curve = PiecewiseBezier.parabola(linear, pieces);
        for (double x = 0; x <= 1; x += 1.0 / 64) {
          assertThat(curve.value(x)).isCloseTo(linear * x + (1 - linear) * x * x, within(1e-12));
        }
      }
    }
  }
}
