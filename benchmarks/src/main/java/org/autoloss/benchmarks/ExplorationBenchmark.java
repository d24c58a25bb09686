package org.autoloss.benchmarks;

import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.autoloss.global.ops;
import org.autoloss.graph.RejectionProtocol;
import org.autoloss.graph.RejectionSettings;
import org.autoloss.loss.LossInput;
import org.autoloss.metric.segmentation.SegmentationMetric;
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
 * An evolution that explores losses, random and mutated, by the rejection protocol on five samples
 * of [6,32,32]; the protocol's score stands for the proxy's, so that nothing is trained. Divide
 * {@code count} by the time for the explored losses per second.
 *
 * <p>Run: {@code benchmarks/run.sh ExplorationBenchmark}; {@code -p count=1500000} for as many as
 * the paper explores in 48 hours.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 1)
@Measurement(iterations = 2)
@Fork(1)
public class ExplorationBenchmark {
  /** How many losses to explore. */
  @Param("100000")
  public long count;

  /** The economies beside rejection: whether known fingerprints are looked up. */
  @Param({"true", "false"})
  public boolean equivalence;

  private RejectionProtocol evaluator;

  /** Makes the samples. */
  @Setup(Level.Trial)
  public void setUp() {
    ops.set_num_threads(2);
    evaluator =
        RejectionProtocol.of(Candidates.samples(), RejectionSettings.of(SegmentationMetric.MIOU));
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
        (generation, seed, graphs) ->
            graphs.stream()
                .map(
                    graph ->
                        new ZeroSearch.Outcome(
                            result, 1.0 / (1 + graph.graph("loss").operatorCount())))
                .toList();
    ZeroSearch search =
        new ZeroSearch(
            settings,
            List.of(new Branch("loss", LossInput.CLASSES, "ce")),
            new LossRejection(settings, GenotypeProtocol.of(Map.of("loss", evaluator))),
            trainings,
            ZeroSearch.Listener.NONE);
    SearchStatistics statistics = search.run(1, done -> done.explored() >= count);
    System.out.println(statistics);
    return statistics;
  }
}
