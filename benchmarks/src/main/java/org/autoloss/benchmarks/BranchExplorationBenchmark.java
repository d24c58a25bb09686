package org.autoloss.benchmarks;

import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.autoloss.Device;
import org.autoloss.global.ops;
import org.autoloss.graph.BranchSample;
import org.autoloss.graph.BranchSamples;
import org.autoloss.graph.LossGraph;
import org.autoloss.graph.PairGraphLoss;
import org.autoloss.graph.RejectionProtocol;
import org.autoloss.graph.RejectionSettings;
import org.autoloss.internal.RandomStreams;
import org.autoloss.loss.LossInput;
import org.autoloss.search.TrialResult;
import org.autoloss.search.evolution.GenotypeProtocol;
import org.autoloss.search.evolution.LossRejection;
import org.autoloss.search.evolution.SearchStatistics;
import org.autoloss.search.evolution.ZeroSearch;
import org.autoloss.search.evolution.ZeroSettings;
import org.autoloss.task.Branch;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * An evolution that explores losses of a detector's branch by the rejection protocol, as {@link
 * ExplorationBenchmark} does for pixels: on five images, with 64 boxes, 256 anchors, or 128 regions
 * of 21 classes each, in the usual twenty steps. Divide {@code count} by the time for the explored
 * losses per second.
 *
 * <p>Run: {@code benchmarks/run.sh BranchExplorationBenchmark}
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 1)
@Measurement(iterations = 2)
@Fork(1)
public class BranchExplorationBenchmark {
  private static final int IMAGES = 5;

  /** What the branch predicts. */
  public enum Kind {
    /** Boxes. */
    BOXES(LossInput.BOXES, "neg(mul(i,inv(u)))"),
    /** Whether anchors show objects. */
    ANCHORS(LossInput.BINARY, "neg(mul(y,log(yhat)))"),
    /** Which classes regions show. */
    REGIONS(LossInput.CLASSES, "neg(mul(y,log(yhat)))");

    private final LossInput input;
    private final String good;

    Kind(LossInput input, String good) {
      this.input = input;
      this.good = good;
    }

    private BranchSample sample(RandomGenerator random) {
      return switch (this) {
        case BOXES -> boxes(64, random);
        case ANCHORS -> anchors(256, random);
        case REGIONS -> regions(128, 21, random);
      };
    }
  }

  /** How many losses to explore. */
  @Param("100000")
  public long count;

  /** The branch. */
  @Param({"BOXES", "ANCHORS", "REGIONS"})
  public Kind kind;

  /** The economies beside rejection: whether known fingerprints are looked up. */
  @Param({"true", "false"})
  public boolean equivalence;

  private RejectionProtocol protocol;

  /** Makes the samples, and checks that a loss that works is accepted. */
  @Setup(Level.Trial)
  public void setUp() {
    ops.set_num_threads(2);
    List<BranchSample> samples =
        IntStream.range(0, IMAGES)
            .mapToObj(image -> kind.sample(RandomStreams.stream(1, image)))
            .toList();
    protocol =
        RejectionProtocol.on(
            Device.CPU, new BranchSamples(kind.input, samples), RejectionSettings.ofBranch());
    if (!protocol
        .evaluate(List.of(LossGraph.parse(kind.good, PairGraphLoss.inputs(kind.input))))
        .get(0)
        .accepted()) {
      throw new IllegalStateException("expected " + kind.good + " to pass, got it rejected");
    }
  }

  /**
   * Explores.
   *
   * @return what became of the losses
   */
  @Benchmark
  public SearchStatistics explore() {
    ZeroSettings settings = ZeroSettings.DEFAULT.with(true, equivalence, true);
    TrialResult result = new TrialResult(TrialResult.Status.OK, Map.of(), 0);
    ZeroSearch.Trainings trainings =
        (generation, seed, candidates) ->
            candidates.stream()
                .map(each -> 1.0 / (1 + each.graph("loss").operatorCount()))
                .map(score -> new ZeroSearch.Outcome(result, score))
                .toList();
    ZeroSearch search =
        new ZeroSearch(
            settings,
            List.of(new Branch("loss", kind.input, "", false)),
            new LossRejection(settings, GenotypeProtocol.of(Map.of("loss", protocol))),
            trainings,
            ZeroSearch.Listener.NONE);
    SearchStatistics statistics = search.run(1, done -> done.explored() >= count);
    System.out.println(statistics);
    return statistics;
  }

  private static BranchSample boxes(int count, RandomGenerator random) {
    float[] target = new float[4 * count];
    float[] predicted = new float[4 * count];
    for (int i = 0; i < count; i++) {
      for (int axis = 0; axis < 2; axis++) {
        float side = 16 + 150 * random.nextFloat();
        float from = 400 * random.nextFloat();
        float centre = (float) (from + side / 2 + 0.1 * side * random.nextGaussian());
        float half = (float) (side / 2 * Math.exp(0.2 * random.nextGaussian()));
        target[4 * i + axis] = from;
        target[4 * i + axis + 2] = from + side;
        predicted[4 * i + axis] = centre - half;
        predicted[4 * i + axis + 2] = centre + half;
      }
    }
    return BranchSample.boxes(predicted, target);
  }

  private static BranchSample anchors(int count, RandomGenerator random) {
    float[] logits = new float[count];
    float[] targets = new float[count];
    for (int i = 0; i < count; i++) {
      targets[i] = i % 4 == 0 ? 1 : 0;
      logits[i] = (float) (random.nextGaussian() - 1.5 + targets[i]);
    }
    return BranchSample.binary(count, 1, 1, logits, targets);
  }

  private static BranchSample regions(int count, int classes, RandomGenerator random) {
    float[] logits = new float[count * classes];
    int[] labels = new int[count];
    for (int i = 0; i < count; i++) {
      labels[i] = i % 4 == 0 ? 1 + random.nextInt(classes - 1) : 0;
      for (int c = 0; c < classes; c++) {
        logits[i * classes + c] = (float) (random.nextGaussian() + (c == 0 ? 2 : 0));
      }
      logits[i * classes + labels[i]] += 1;
    }
    return BranchSample.classes(count, classes, 1, 1, logits, labels);
  }
}
