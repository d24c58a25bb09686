package org.autoloss.benchmarks;

import static org.bytedeco.pytorch.global.torch.cross_entropy_loss;
import static org.bytedeco.pytorch.global.torch.randint;
import static org.bytedeco.pytorch.global.torch.randn;
import static org.bytedeco.pytorch.global.torch.set_num_threads;

import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.autoloss.loss.Loss;
import org.autoloss.nn.Network;
import org.autoloss.nn.NetworkSpec;
import org.autoloss.train.Optimiser;
import org.autoloss.train.OptimiserSettings;
import org.autoloss.train.TrainingSettings;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.SGD;
import org.bytedeco.pytorch.SGDOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch.MemoryFormat;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.openjdk.jmh.annotations.AuxCounters;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A training step of DeepLabV3+ on ResNet-50 at output stride 8, [8,3,128,128]: ours, and the same
 * network on libtorch's own modules with libtorch's cross entropy and SGD ({@link TorchDeepLab}).
 * An iteration is one step of each, in turns the first, so that what else the machine does meets
 * both; the secondary results have their milliseconds, summed over the iterations. With {@code
 * clock=cpu} these are processor time of the thread, which neighbours disturb less; only for one
 * thread.
 *
 * <p>Run: {@code benchmarks/run.sh NetworkStepBenchmark}
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 2)
@Measurement(iterations = 6)
@Fork(1)
public class NetworkStepBenchmark {
  private static final int CLASSES = 21;
  private static final int SIZE = 128;
  private static final int BATCH = 8;
  private static final double RATE = 0.01;

  /** Threads of libtorch. */
  @Param({"1", "2"})
  public int threads;

  /** How the images of libtorch's network lie in memory: {@code planes} or {@code pixels}. */
  @Param({"planes", "pixels"})
  public String layout;

  /** {@code wall} or {@code cpu}. */
  @Param("wall")
  public String clock;

  private final Loss loss = Loss.parse("ce");
  private Network network;
  private Optimiser optimiser;
  private TorchDeepLab modules;
  private SGD sgd;
  private Tensor images;
  private Tensor theirs;
  private Tensor labels;
  private int step;

  /** Milliseconds of both sides. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class Sides {
    /** Of our step. */
    public double ours;

    /** Of libtorch's step. */
    public double libtorch;
  }

  /** Makes both networks and one batch. */
  @Setup(Level.Trial)
  public void setUp() {
    network = Network.of(new NetworkSpec("deeplabv3plus:resnet50,dropout=0", CLASSES), 1);
    set_num_threads(threads);
    optimiser =
        OptimiserSettings.optimiser(
            network.parameters(), List.of(), TrainingSettings.of(1000, RATE));
    modules = new TorchDeepLab(CLASSES);
    requireSameSize();
    SGDOptions options = new SGDOptions(RATE);
    options.momentum().put(0.9);
    options.weight_decay().put(5e-4);
    sgd = new SGD(new TensorVector(modules.parameters().toArray(new Tensor[0])), options);
    images = randn(BATCH, 3, SIZE, SIZE);
    theirs = layout.equals("pixels") ? images.contiguous(MemoryFormat.ChannelsLast) : images;
    labels = randint(0, CLASSES, new long[] {BATCH, SIZE, SIZE}).to(ScalarType.Long);
  }

  private void requireSameSize() {
    long count = modules.parameters().stream().mapToLong(Tensor::numel).sum();
    if (count != network.parameters().values().numel()) {
      throw new IllegalStateException(
          "networks: expected equally many parameters, got "
              + network.parameters().values().numel()
              + " and "
              + count);
    }
  }

  /** Frees what is ours. */
  @TearDown(Level.Trial)
  public void tearDown() {
    optimiser.close();
    network.close();
    loss.close();
  }

  /**
   * A step of each.
   *
   * @param sides takes their times
   */
  @Benchmark
  public void step(Sides sides) {
    boolean first = step++ % 2 == 0;
    if (first) {
      sides.ours += timed(this::ours);
    }
    sides.libtorch += timed(this::libtorch);
    if (!first) {
      sides.ours += timed(this::ours);
    }
  }

  private void ours() {
    Tensor value = loss.apply(network.forward(images, true), labels);
    optimiser.zeroGradient();
    value.backward();
    optimiser.step(step);
  }

  private void libtorch() {
    Tensor value = cross_entropy_loss(modules.forward(theirs), labels);
    sgd.zero_grad();
    value.backward();
    sgd.step();
  }

  private double timed(Runnable side) {
    try (PointerScope scope = new PointerScope()) {
      long start = now();
      side.run();
      return (now() - start) / 1e6;
    }
  }

  private long now() {
    return clock.equals("cpu")
        ? ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime()
        : System.nanoTime();
  }
}
