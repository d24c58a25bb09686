package org.autoloss.benchmarks;

import static org.bytedeco.pytorch.global.torch.embedding_bag;
import static org.bytedeco.pytorch.global.torch.from_blob;
import static org.bytedeco.pytorch.global.torch.randn;
import static org.bytedeco.pytorch.global.torch.set_num_threads;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.autoloss.Kernels;
import org.autoloss.nn.box.Boxes;
import org.autoloss.nn.box.RoiAlign;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.bytedeco.pytorch.TensorOptional;
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
 * RoIAlign of 512 boxes on [1,256,64,64], 7 x 7 bins of 2 x 2 samples, value and gradient through
 * autograd: ours; libtorch's {@code embedding_bag} over the weighted cells of each bin; and,
 * without autograd and with memory that is there, torchvision's published algorithm as plain loops
 * of C++ ({@link PlainRegions}). And the suppression of 20,000 boxes.
 *
 * <p>Run: {@code benchmarks/run.sh RegionBenchmark}
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class RegionBenchmark {
  private static final int REGIONS = 512;
  private static final int CHANNELS = 256;
  private static final int SIDE = 64;
  private static final int BINS = 7;
  private static final int SAMPLES = 2;
  private static final int PIXELS = 16; // of a cell
  private static final int BOXES = 20_000;

  /** Threads of libtorch and of the kernels. */
  @Param("2")
  public int threads;

  private final RoiAlign align = new RoiAlign(BINS, BINS, 1.0 / PIXELS, SAMPLES, false);
  private final float[] rois = new float[5 * REGIONS];
  private final float[] boxes = new float[4 * BOXES];
  private final float[] scores = new float[BOXES];
  private Tensor features;
  private Tensor upstream;
  private Tensor cells;
  private Tensor weights;
  private Tensor offsets;
  private FloatPointer regions;
  private FloatPointer plain;
  private FloatPointer plainGradient;

  /** Draws boxes and features, and checks ours against the composition. */
  @Setup(Level.Trial)
  public void setUp() {
    set_num_threads(threads);
    Kernels.setThreads(threads);
    Random random = new Random(1);
    float extent = SIDE * PIXELS;
    for (int r = 0; r < REGIONS; r++) {
      for (int axis = 0; axis < 2; axis++) {
        float from = random.nextFloat() * (extent - 32);
        rois[5 * r + 1 + axis] = from;
        rois[5 * r + 3 + axis] = Math.min(extent, from + 32 + 368 * random.nextFloat());
      }
    }
    for (int i = 0; i < BOXES; i++) {
      scores[i] = random.nextFloat();
      for (int axis = 0; axis < 2; axis++) {
        boxes[4 * i + axis] = 1000 * random.nextFloat();
        boxes[4 * i + 2 + axis] = boxes[4 * i + axis] + 20 + 280 * random.nextFloat();
      }
    }
    features = randn(1, CHANNELS, SIDE, SIDE).set_requires_grad(true);
    upstream = randn(REGIONS, CHANNELS, BINS, BINS);
    takeCells();
    regions = new FloatPointer(rois);
    plain = new FloatPointer(upstream.numel());
    plainGradient = new FloatPointer(features.numel());
    try (PointerScope scope = new PointerScope()) {
      Tensor apart = align.apply(features, rois).sub(bags());
      if (!(apart.abs().max().item_float() < 1e-4f)) {
        throw new IllegalStateException("ours and the composition differ");
      }
      plainLoops();
      Tensor loops = from_blob(plain, REGIONS, CHANNELS, BINS, BINS);
      ours();
      Tensor gradient = from_blob(plainGradient, 1, CHANNELS, SIDE, SIDE);
      if (!(align.apply(features, rois).sub(loops).abs().max().item_float() < 1e-4f)
          || !(features.grad().sub(gradient).abs().max().item_float() < 1e-2f)) {
        throw new IllegalStateException("ours and the plain loops differ");
      }
    }
  }

  /** The four cells of each sample and their weights, bin after bin. */
  private void takeCells() {
    int taps = 4 * SAMPLES * SAMPLES;
    int bins = REGIONS * BINS * BINS;
    long[] at = new long[bins * taps];
    float[] share = new float[at.length];
    long[] starts = new long[bins];
    int next = 0;
    for (int bin = 0; bin < bins; bin++) {
      starts[bin] = next;
      for (int sample = 0; sample < SAMPLES * SAMPLES; sample++) {
        int r = bin / (BINS * BINS);
        float y = position(r, 1, bin / BINS % BINS, sample / SAMPLES);
        float x = position(r, 0, bin % BINS, sample % SAMPLES);
        for (int corner = 0; corner < 4; corner++) {
          int row = Math.min((int) y + corner / 2, SIDE - 1);
          int column = Math.min((int) x + corner % 2, SIDE - 1);
          float byRow = corner / 2 == 0 ? 1 - (y - (int) y) : y - (int) y;
          float byColumn = corner % 2 == 0 ? 1 - (x - (int) x) : x - (int) x;
          at[next] = (long) row * SIDE + column;
          share[next++] = byRow * byColumn / (SAMPLES * SAMPLES);
        }
      }
    }
    cells = Tensor.create(at, at.length);
    weights = Tensor.create(share, share.length);
    offsets = Tensor.create(starts, starts.length);
  }

  private float position(int region, int axis, int bin, int sample) {
    float from = rois[5 * region + 1 + axis] / PIXELS;
    float size = Math.max(rois[5 * region + 3 + axis] / PIXELS - from, 1) / BINS;
    return Math.min(from + bin * size + (sample + 0.5f) * size / SAMPLES, SIDE - 1);
  }

  private Tensor bags() {
    Tensor pixels = features.permute(0, 2, 3, 1).reshape(-1, CHANNELS).contiguous();
    return embedding_bag(
            pixels, cells, offsets, false, 0, false, new TensorOptional(weights), false)
        .get0()
        .view(REGIONS, BINS, BINS, CHANNELS)
        .permute(0, 3, 1, 2);
  }

  private void backward(Tensor out) {
    features.mutable_grad().put(new Tensor());
    out.backward(upstream, new BoolOptional(), false, new TensorArrayRefOptional());
  }

  /** Ours, value and gradient. */
  @Benchmark
  public void ours() {
    try (PointerScope scope = new PointerScope()) {
      backward(align.apply(features, rois));
    }
  }

  /** The composition, value and gradient. */
  @Benchmark
  public void embeddingBag() {
    try (PointerScope scope = new PointerScope()) {
      backward(bags());
    }
  }

  /** The plain loops, value and gradient. */
  @Benchmark
  public void plainLoops() {
    float scale = 1f / PIXELS;
    FloatPointer from = features.data_ptr_float();
    FloatPointer flow = upstream.data_ptr_float();
    PlainRegions.roi_align(
        from, regions, REGIONS, scale, CHANNELS, SIDE, SIDE, BINS, SAMPLES, threads, plain);
    PlainRegions.roi_align_gradient(
        flow, regions, REGIONS, scale, CHANNELS, SIDE, SIDE, BINS, SAMPLES, threads, plainGradient);
  }

  /**
   * Suppression of 20,000 boxes at 0.5.
   *
   * @return how many stay
   */
  @Benchmark
  public int suppression() {
    return Boxes.suppress(boxes, scores, null, 0.5).length;
  }
}
