package org.autoloss.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.autoloss.metric.detection.Box;
import org.autoloss.metric.detection.CocoEvaluator;
import org.autoloss.metric.detection.CocoMetric;
import org.autoloss.metric.detection.CocoResult;
import org.autoloss.metric.detection.CocoSettings;
import org.autoloss.metric.detection.CocoType;
import org.autoloss.metric.detection.Detection;
import org.autoloss.metric.detection.GroundTruth;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * COCO's average precision of boxes, on generated data of the size of COCO val2017: 5,000 images,
 * 80 categories, 36,000 objects, 150,000 detections. Matching, accumulation and all twelve numbers,
 * without reading files. {@code cold} is the second evaluation of a fresh JVM, compiled in part.
 *
 * <p>Run: {@code benchmarks/run.sh CocoBenchmark}
 */
@State(Scope.Benchmark)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(3)
public class CocoBenchmark {
  private static final int IMAGES = 5_000;
  private static final int CATEGORIES = 80;
  private static final int OBJECTS = 36_000;
  private static final int DETECTIONS = 150_000;

  private final List<Long> images = new ArrayList<>();
  private final List<Integer> categories = new ArrayList<>();
  private final List<GroundTruth> truths = new ArrayList<>();
  private final List<Detection> detections = new ArrayList<>();

  /** Draws the data set: categories as uneven as COCO's, half of the detections near an object. */
  @Setup(Level.Trial)
  public void setUp() {
    Random random = new Random(17);
    for (long i = 1; i <= IMAGES; i++) {
      images.add(i);
    }
    for (int k = 1; k <= CATEGORIES; k++) {
      categories.add(k);
    }
    for (int i = 1; i <= OBJECTS; i++) {
      Box box = box(random);
      truths.add(
          new GroundTruth(
              i,
              1 + random.nextInt(IMAGES),
              category(random),
              box,
              box.area() * (0.4 + 0.6 * random.nextDouble()),
              random.nextInt(80) == 0,
              false,
              null,
              null));
    }
    for (int i = 0; i < DETECTIONS; i++) {
      detections.add(i % 2 == 0 ? near(truths.get(random.nextInt(OBJECTS)), random) : any(random));
    }
    double ap = evaluate().value(CocoMetric.AP);
    if (!(ap > 0.05 && ap < 0.9)) {
      throw new IllegalStateException("an AP of " + ap);
    }
  }

  private static int category(Random random) {
    double u = random.nextDouble();
    return 1 + (int) (CATEGORIES * u * u * u);
  }

  private static Box box(Random random) {
    double width = 8 * Math.exp(3.5 * random.nextDouble());
    double height = 8 * Math.exp(3.5 * random.nextDouble());
    return new Box(
        (640 - width) * random.nextDouble(), (480 - height) * random.nextDouble(), width, height);
  }

  private static Detection near(GroundTruth truth, Random random) {
    Box b = truth.box();
    double s = 0.12;
    return Detection.of(
        truth.image(),
        truth.category(),
        score(0.3 + 0.7 * random.nextDouble()),
        new Box(
            b.x() + s * b.width() * random.nextGaussian(),
            b.y() + s * b.height() * random.nextGaussian(),
            b.width() * Math.exp(s * random.nextGaussian()),
            b.height() * Math.exp(s * random.nextGaussian())));
  }

  private static Detection any(Random random) {
    return Detection.of(
        1 + random.nextInt(IMAGES),
        category(random),
        score(random.nextDouble() * random.nextDouble()),
        box(random));
  }

  /** Three digits, so that scores tie. */
  private static double score(double value) {
    return Math.round(value * 1000) / 1000.0;
  }

  private CocoResult evaluate() {
    return new CocoEvaluator(CocoSettings.of(CocoType.BBOX))
        .evaluate(images, categories, truths, detections);
  }

  /**
   * An evaluation when all is compiled.
   *
   * @return AP
   */
  @Benchmark
  @BenchmarkMode(Mode.AverageTime)
  @Warmup(iterations = 3, time = 2)
  @Measurement(iterations = 5, time = 2)
  public double warm() {
    return evaluate().values().get(CocoMetric.AP);
  }

  /**
   * The second evaluation of a JVM; the first one checks the data.
   *
   * @return AP
   */
  @Benchmark
  @BenchmarkMode(Mode.SingleShotTime)
  @Warmup(iterations = 0)
  @Measurement(iterations = 1)
  @Fork(5)
  public double cold() {
    return evaluate().values().get(CocoMetric.AP);
  }
}
