package org.autoloss.benchmarks;

import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.autoloss.global.ops;
import org.autoloss.loss.LabelType;
import org.autoloss.loss.LogitsBatch;
import org.autoloss.loss.Shape;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.PointerScope;
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
 * Label edges, and those of each class dilated: ours, as bit sets, and libtorch's {@code
 * max_pool2d} of one-hot labels.
 *
 * <p>Run: {@code benchmarks/run.sh EdgeBenchmark}
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class EdgeBenchmark {
  /** Sizes of the batch, {@code NxCxHxW}. */
  @Param("8x21x128x128")
  public String size;

  /** Kind of the labels, see {@link LabelMaps}. */
  @Param("shapes")
  public String labels;

  /** How far edges are dilated, in pixels. */
  @Param("5")
  public int tolerance;

  /** Threads of libtorch and of the kernels. */
  @Param("2")
  public int threads;

  private Batch batch;
  private LongPointer plain;
  private BytePointer edges;
  private LongPointer bits;

  /** Makes the labels, and compares the sizes of the dilated edges with libtorch's. */
  @Setup(Level.Trial)
  public void setUp() {
    batch = new Batch(size, labels, threads);
    plain = new LongPointer(batch.labels.data_ptr_long());
    edges = new BytePointer(batch.pixels());
    bits = new LongPointer(batch.pixels() * ((batch.c() + 63) / 64));
    dilated();
    long count = 0;
    for (long i = 0; i < bits.capacity(); i++) {
      count += Long.bitCount(bits.get(i));
    }
    try (PointerScope scope = new PointerScope()) {
      long expected =
          ComposedBoundary.dilatedEdges(batch.labels, batch.c(), window())
              .count_nonzero()
              .item_long();
      if (count != expected) {
        throw new IllegalStateException(
            String.format(
                Locale.ROOT, "dilated edges: expected %d pixels, got %d", expected, count));
      }
    }
  }

  /** Frees the memory. */
  @TearDown(Level.Trial)
  public void tearDown() {
    edges.close();
    bits.close();
  }

  /**
   * Our label edges.
   *
   * @return whether the first pixel is one
   */
  @Benchmark
  public byte edges() {
    labels().run(b -> ops.find_label_edges(b, 0, edges));
    return edges.get();
  }

  /**
   * Our label edges, dilated, a bit for each class.
   *
   * @return the first bits
   */
  @Benchmark
  public long dilated() {
    labels().run(b -> ops.dilate_label_edges(b, tolerance, 0, bits));
    return bits.get();
  }

  private LogitsBatch labels() {
    Shape shape = new Shape(batch.n(), batch.c(), batch.h(), batch.w());
    return LogitsBatch.onCpu(shape, null, plain, LabelType.INT64);
  }

  /**
   * libtorch's, a float for each class.
   *
   * @return how many values
   */
  @Benchmark
  public long torchDilated() {
    try (PointerScope scope = new PointerScope()) {
      return ComposedBoundary.dilatedEdges(batch.labels, batch.c(), window()).numel();
    }
  }

  private int window() {
    return 2 * tolerance + 1;
  }
}
