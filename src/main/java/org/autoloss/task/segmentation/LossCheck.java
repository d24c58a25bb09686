package org.autoloss.task.segmentation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.autoloss.graph.LabelMaps;
import org.autoloss.graph.RejectionSamples;
import org.autoloss.graph.RejectionSettings;
import org.autoloss.graph.SampleScore;
import org.autoloss.graph.SteepSlopes;
import org.autoloss.internal.Libtorch;
import org.autoloss.internal.RandomStreams;
import org.autoloss.loss.Loss;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * Puts any loss, a user's own included, through what candidates of the search go through: is its
 * gradient the derivative of its value, does it cope with odd input, and what does the rejection
 * protocol say for each metric.
 */
public final class LossCheck {
  private static final int CLASSES = 6;
  private static final int SIZE = 32;
  private static final int SAMPLES = 5;
  private static final int IGNORED = 255;
  private static final int[] SHAPE = {2, CLASSES, 17, 13};
  // A step this long changes a value by much more than float32 rounds, and bends it little.
  private static final double STEP = 1e-2;
  private static final double TOLERANCE = 0.02;

  private final Loss loss;
  private final long seed;
  private final List<Finding> findings = new ArrayList<>();

  /**
   * One question and its answer.
   *
   * @param name the question in a few words
   * @param passed whether the loss does as it should
   * @param detail what was seen
   */
  public record Finding(String name, boolean passed, String detail) {}

  /**
   * The outcome.
   *
   * @param findings the questions and answers, in order
   * @param scores what the rejection protocol gives for each metric; 0 where the loss is not finite
   * @param threshold what a score must reach to pass the protocol
   */
  public record Report(
      List<Finding> findings, Map<SegmentationMetric, Double> scores, double threshold) {
    /**
     * Whether the loss keeps the contract of {@link Loss}.
     *
     * @return true if all findings passed; the scores do not count
     */
    public boolean passed() {
      return findings.stream().allMatch(Finding::passed);
    }
  }

  /** A value and its gradient by the logits; the gradient is null if there is none. */
  private record Evaluated(double value, float[] gradient) {
    double norm() {
      double sum = 0;
      for (float part : gradient) {
        sum += (double) part * part;
      }
      return Math.sqrt(sum);
    }

    boolean finite() {
      return Double.isFinite(value) && gradient != null && Double.isFinite(norm());
    }
  }

  private LossCheck(Loss loss, long seed) {
    Libtorch.load();
    this.loss = loss;
    this.seed = seed;
  }

  /**
   * Probes a loss.
   *
   * @param loss any loss; stays open
   * @param seed of the inputs
   * @return the findings; what the loss throws is one
   */
  public static Report run(Loss loss, long seed) {
    LossCheck probe = new LossCheck(loss, seed);
    probe.ask("gradient", probe::gradient);
    probe.ask("repeated call", probe::repeats);
    probe.ask("absent classes", probe::absentClasses);
    probe.ask("ignored pixels", probe::ignoredPixels);
    probe.ask("all ignored", probe::allIgnored);
    probe.ask("huge logits", probe::hugeLogits);
    probe.ask("NaN in the logits", probe::notANumber);
    probe.ask("sure predictions", probe::surePredictions);
    RejectionSettings settings = RejectionSettings.of(SegmentationMetric.MIOU).withTolerance(2);
    return new Report(List.copyOf(probe.findings), probe.scores(settings), settings.threshold());
  }

  private interface Question {
    /** What is wrong, after a "!", or what was seen. */
    String ask();
  }

  private void ask(String name, Question question) {
    try {
      String answer = question.ask();
      boolean failed = answer.startsWith("!");
      findings.add(new Finding(name, !failed, failed ? answer.substring(1) : answer));
    } catch (RuntimeException e) {
      findings.add(new Finding(name, false, "threw " + e));
    }
  }

  private String gradient() {
    float[] logits = logits(1, 1.5);
    long[] labels = labels(1);
    Evaluated at = evaluate(logits, labels, SHAPE);
    if (!at.finite()) {
      return "!expected a finite value and gradient, got a value of " + at.value();
    }
    double norm = at.norm();
    double worst = 0;
    for (int direction = 0; direction < 4; direction++) {
      // Along the gradient itself, where a wrong scale shows, and along random directions.
      double[] unit = direction == 0 ? unit(at.gradient()) : unit(logits(10 + direction, 1));
      double length = STEP * Math.sqrt(logits.length);
      double above = evaluate(moved(logits, unit, length), labels, SHAPE).value();
      double below = evaluate(moved(logits, unit, -length), labels, SHAPE).value();
      double expected = 0;
      for (int i = 0; i < unit.length; i++) {
        expected += unit[i] * at.gradient()[i];
      }
      worst = Math.max(worst, Math.abs((above - below) / (2 * length) - expected));
    }
    double rounding = 1e-6 * (1 + Math.abs(at.value())) / (STEP * Math.sqrt(logits.length));
    return text(
        "%snorm %.3g, differs from differences by %.2g",
        worst <= TOLERANCE * norm + rounding ? "" : "!", norm, worst);
  }

  private String repeats() {
    float[] logits = logits(2, 1.5);
    Evaluated first = evaluate(logits, labels(2), SHAPE);
    Evaluated second = evaluate(logits, labels(2), SHAPE);
    boolean same =
        first.value() == second.value() && Arrays.equals(first.gradient(), second.gradient());
    return same ? "same value and gradient" : "!the same batch gives another value or gradient";
  }

  private String absentClasses() {
    long[] labels = new long[labels(1).length];
    Arrays.fill(labels, 1);
    Evaluated at = evaluate(logits(3, 1.5), labels, SHAPE);
    return (at.finite() ? "" : "!") + described(at);
  }

  private String ignoredPixels() {
    float[] logits = logits(4, 1.5);
    long[] labels = labels(4);
    int pixels = SHAPE[2] * SHAPE[3];
    labels[7] = IGNORED;
    Evaluated before = evaluate(logits, labels, SHAPE);
    logits[7] += 5; // class 0 of the ignored pixel
    Evaluated after = evaluate(logits, labels, SHAPE);
    boolean untouched = after.finite() && before.value() == after.value();
    for (int c = 0; untouched && c < CLASSES; c++) {
      untouched = after.gradient()[c * pixels + 7] == 0;
    }
    return untouched
        ? "without influence or gradient"
        : "!an ignored pixel changes the value, or receives a gradient";
  }

  private String allIgnored() {
    long[] labels = new long[labels(1).length];
    Arrays.fill(labels, IGNORED);
    Evaluated at = evaluate(logits(5, 1.5), labels, SHAPE);
    return (at.finite() && at.norm() == 0 ? "" : "!") + described(at);
  }

  private String hugeLogits() {
    float[] logits = logits(6, 1.5);
    for (int i = 0; i < logits.length; i += 3) {
      logits[i] = i % 2 == 0 ? 1e4f : -1e4f;
    }
    Evaluated at = evaluate(logits, labels(6), SHAPE);
    return (at.finite() ? "" : "!") + described(at);
  }

  private String notANumber() {
    float[] logits = logits(7, 1.5);
    logits[3] = Float.NaN;
    long[] labels = labels(7);
    labels[3] = 0;
    double value = evaluate(logits, labels, SHAPE).value();
    return Double.isNaN(value) ? "the value is NaN" : "!expected NaN, got " + value;
  }

  private String surePredictions() {
    RejectionSamples samples = samples(101, 1);
    long[] labels = Arrays.stream(samples.labels()).asLongStream().toArray();
    int[] shape = {SAMPLES, CLASSES, SIZE, SIZE};
    double growth =
        SteepSlopes.growth(
            SteepSlopes.predictions(samples, 1),
            logits -> {
              Evaluated at = evaluate(logits, labels, shape);
              return at.finite() ? at.norm() : Double.NaN;
            });
    return Double.isFinite(growth)
        ? text("the gradient grows to %.3g times that of the beginning", growth)
        : "!expected a finite gradient on sure predictions, got none";
  }

  private static String described(Evaluated at) {
    return at.gradient() == null
        ? "value " + at.value() + ", no gradient"
        : text("value %.4g, gradient norm %.3g", at.value(), at.norm());
  }

  private RejectionSamples samples(long stream, double noise) {
    RandomGenerator random = RandomStreams.stream(seed, stream);
    int[] labels = LabelMaps.ellipses(SAMPLES, CLASSES, SIZE, random);
    return RejectionSamples.of(labels, SAMPLES, CLASSES, SIZE, SIZE, noise, random);
  }

  private Map<SegmentationMetric, Double> scores(RejectionSettings settings) {
    RejectionSamples samples = samples(100, settings.noise());
    Map<SegmentationMetric, Double> scores = new EnumMap<>(SegmentationMetric.class);
    for (SegmentationMetric metric : SegmentationMetric.allSearchable()) {
      scores.put(metric, 0.0);
    }
    for (int b = 0; b < SAMPLES; b++) {
      int[] own = Arrays.copyOfRange(samples.labels(), b * SIZE * SIZE, (b + 1) * SIZE * SIZE);
      int[] prediction = optimised(samples, b, own, settings);
      if (prediction == null) {
        scores.replaceAll((metric, score) -> 0.0);
        return scores;
      }
      SampleScore score = new SampleScore(own, CLASSES, SIZE, SIZE, settings.tolerance());
      scores.replaceAll((metric, sum) -> sum + score.of(metric, prediction) / SAMPLES);
    }
    return scores;
  }

  /** The predicted classes after the descent; null if the loss fails or is not finite. */
  private int[] optimised(
      RejectionSamples samples, int sample, int[] labels, RejectionSettings settings) {
    int pixels = SIZE * SIZE;
    int elements = CLASSES * pixels;
    float[] logits =
        Arrays.copyOfRange(samples.logits(), sample * elements, (sample + 1) * elements);
    long[] wide = Arrays.stream(labels).asLongStream().toArray();
    for (int t = 0; t < settings.steps(); t++) {
      Evaluated at;
      try {
        at = evaluate(logits, wide, new int[] {1, CLASSES, SIZE, SIZE});
      } catch (RuntimeException e) {
        return null; // the findings say what it throws
      }
      if (!at.finite()) {
        return null;
      }
      for (int i = 0; i < elements; i++) {
        logits[i] -= (float) (settings.rate() * at.gradient()[i]);
      }
    }
    int[] prediction = new int[pixels];
    for (int i = 0; i < pixels; i++) {
      for (int c = 1; c < CLASSES; c++) {
        if (logits[c * pixels + i] > logits[prediction[i] * pixels + i]) {
          prediction[i] = c;
        }
      }
    }
    return prediction;
  }

  private Evaluated evaluate(float[] logits, long[] labels, int[] shape) {
    try (PointerScope scope = new PointerScope()) {
      Tensor z = Tensor.create(logits, shape[0], shape[1], shape[2], shape[3]);
      z.set_requires_grad(true);
      Tensor value = loss.apply(z, Tensor.create(labels, shape[0], shape[2], shape[3]));
      double number = value.item_double();
      if (!value.requires_grad()) {
        return new Evaluated(number, null);
      }
      value.backward();
      Tensor gradient = z.grad().contiguous();
      float[] parts = new float[logits.length];
      new FloatPointer(gradient.data_ptr_float()).get(parts);
      return new Evaluated(number, parts);
    }
  }

  private float[] logits(long stream, double scale) {
    RandomGenerator random = RandomStreams.stream(seed, stream);
    float[] logits = new float[SHAPE[0] * SHAPE[1] * SHAPE[2] * SHAPE[3]];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) (scale * random.nextGaussian());
    }
    return logits;
  }

  private long[] labels(long stream) {
    RandomGenerator random = RandomStreams.stream(seed, stream, 1);
    return random.longs((long) SHAPE[0] * SHAPE[2] * SHAPE[3], 0, CLASSES).toArray();
  }

  private static double[] unit(float[] values) {
    double norm = 0;
    for (float value : values) {
      norm += (double) value * value;
    }
    double[] unit = new double[values.length];
    for (int i = 0; i < unit.length; i++) {
      unit[i] = norm == 0 ? 0 : values[i] / Math.sqrt(norm);
    }
    return unit;
  }

  private static float[] moved(float[] logits, double[] unit, double length) {
    float[] moved = new float[logits.length];
    for (int i = 0; i < moved.length; i++) {
      moved[i] = (float) (logits[i] + length * unit[i]);
    }
    return moved;
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
