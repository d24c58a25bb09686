package org.autoloss.benchmarks;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.autoloss.global.ops;
import org.autoloss.graph.LossGraph;
import org.autoloss.graph.RejectionProtocol;
import org.autoloss.graph.RejectionResult;
import org.autoloss.graph.RejectionSamples;
import org.autoloss.graph.RejectionSettings;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.bytedeco.pytorch.global.torch;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The rejection protocol on the same 400 graphs, half of them random, half mutated from losses that
 * work, with five samples of [6,32,32] and the default settings: all in one native call, and with
 * libtorch operations one graph at a time: sample after sample, which can stop as soon as a graph's
 * fate is known, and all samples in one tensor, which needs fewer operations. The time is that of
 * one graph.
 *
 * <p>Run: {@code benchmarks/run.sh GraphBatchBenchmark}
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 2)
@Measurement(iterations = 5)
@Fork(1)
public class GraphBatchBenchmark {
  private static final int GRAPHS = 400;
  private static final int THREADS = 2;

  /** libtorch's threads; the tensors are small, and two may be slower than one. */
  @Param({"1", "2"})
  public int torchThreads;

  private final List<LossGraph> graphs = Candidates.graphs(GRAPHS);
  private RejectionProtocol batched;
  private TorchProtocol bySample;
  private TorchProtocol together;

  /** Makes both sides, and checks that they decide alike. */
  @Setup(Level.Trial)
  public void setUp() {
    openblas_nolapack.blas_set_num_threads(1);
    torch.set_num_threads(torchThreads);
    ops.set_num_threads(THREADS);
    RejectionSamples samples = Candidates.samples();
    RejectionSettings settings = RejectionSettings.of(SegmentationMetric.MIOU);
    batched = RejectionProtocol.of(samples, settings);
    bySample = new TorchProtocol(samples, settings, false);
    together = new TorchProtocol(samples, settings, true);
    check(bySample);
    check(together);
  }

  private void check(TorchProtocol protocol) {
    List<RejectionResult> results = batched.evaluate(graphs);
    int differ = 0;
    for (int k = 0; k < GRAPHS; k++) {
      differ += results.get(k).accepted() != protocol.accepts(graphs.get(k)) ? 1 : 0;
    }
    if (differ > GRAPHS / 100) {
      throw new IllegalStateException(
          "expected the same decisions, got " + differ + " that differ");
    }
  }

  /** Frees libtorch's side. */
  @TearDown(Level.Trial)
  public void tearDown() {
    bySample.close();
    together.close();
  }

  /**
   * One native call.
   *
   * @return the results
   */
  @Benchmark
  @Warmup(iterations = 40) // of some 20 ms each, as long as the others' two
  @Measurement(iterations = 40)
  @OperationsPerInvocation(GRAPHS)
  public List<RejectionResult> batched() {
    return batched.evaluate(graphs);
  }

  /**
   * Graph after graph, sample after sample.
   *
   * @return how many are accepted
   */
  @Benchmark
  @OperationsPerInvocation(GRAPHS)
  public int libtorchBySample() {
    return accepted(bySample);
  }

  /**
   * Graph after graph, all samples in one tensor.
   *
   * @return how many are accepted
   */
  @Benchmark
  @OperationsPerInvocation(GRAPHS)
  public int libtorchTogether() {
    return accepted(together);
  }

  private int accepted(TorchProtocol protocol) {
    int accepted = 0;
    for (LossGraph graph : graphs) {
      accepted += protocol.accepts(graph) ? 1 : 0;
    }
    return accepted;
  }
}
