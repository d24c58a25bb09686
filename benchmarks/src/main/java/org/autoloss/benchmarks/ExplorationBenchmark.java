package org.autoloss.benchmarks;

import java.util.concurrent.TimeUnit;
import org.autoloss.global.ops;
import org.autoloss.graph.GraphEvaluator;
import org.autoloss.graph.LossGraph;
import org.autoloss.graph.RejectionSettings;
import org.autoloss.metric.Metric;
import org.autoloss.search.Evaluation;
import org.autoloss.search.Objective;
import org.autoloss.search.Workers;
import org.autoloss.search.zero.Screening;
import org.autoloss.search.zero.Tally;
import org.autoloss.search.zero.ZeroSearch;
import org.autoloss.search.zero.ZeroSettings;
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

  private GraphEvaluator evaluator;

  /** Makes the samples. */
  @Setup(Level.Trial)
  public void setUp() {
    ops.set_num_threads(2);
    evaluator = GraphEvaluator.of(Candidates.samples(), RejectionSettings.of(Metric.MIOU));
  }

  /**
   * Explores.
   *
   * @return what became of the losses
   */
  @Benchmark
  public Tally explore() {
    ZeroSettings settings = ZeroSettings.DEFAULT.with(true, equivalence, true);
    Objective<LossGraph> objective =
        (graph, trial) ->
            new Evaluation(1.0 / (1 + graph.operatorCount()), Evaluation.Status.OK, 0);
    try (Workers workers = Workers.of(1)) {
      ZeroSearch search =
          new ZeroSearch(
              settings, new Screening(settings, evaluator), objective, ZeroSearch.Listener.NONE);
      Tally tally = search.run(1, workers, done -> done.explored() >= count);
      System.out.println(tally);
      return tally;
    }
  }
}
