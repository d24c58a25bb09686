package org.autoloss.benchmarks;

import java.util.concurrent.TimeUnit;
import org.autoloss.global.ops;
import org.autoloss.loss.LabelType;
import org.autoloss.loss.LogitsBatch;
import org.autoloss.loss.Shape;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
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
 * The exact distance transform of label edges, on one square image and one thread: its time is to
 * grow like the number of pixels, sixteen times from line to line.
 *
 * <p>Run: {@code benchmarks/run.sh DistanceBenchmark}
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class DistanceBenchmark {
  private static final int CLASSES = 21;

  /** Height and width. */
  @Param({"128", "512", "2048"})
  public int side;

  /** Height and width of the squares of equal label, in parts of the side. */
  @Param({"2", "16"})
  public int squares;

  private IntPointer labels;
  private FloatPointer distance;

  /** Makes a chequered label map. */
  @Setup(Level.Trial)
  public void setUp() {
    ops.set_num_threads(1);
    int[] map = new int[side * side];
    for (int i = 0; i < map.length; i++) {
      map[i] = (i / side * squares / side + 3 * (i % side * squares / side)) % CLASSES;
    }
    labels = new IntPointer(map);
    distance = new FloatPointer(map.length);
  }

  /** Frees the memory. */
  @TearDown(Level.Trial)
  public void tearDown() {
    labels.close();
    distance.close();
  }

  /**
   * One transform.
   *
   * @return the distance of the first pixel
   */
  @Benchmark
  public float transform() {
    LogitsBatch.onCpu(new Shape(1, CLASSES, side, side), null, labels, LabelType.INT32)
        .run(b -> ops.edge_distance(b, distance));
    return distance.get(0);
  }
}
