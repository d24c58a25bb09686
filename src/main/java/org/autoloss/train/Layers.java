package org.autoloss.train;

import static org.bytedeco.pytorch.global.torch.batch_norm;
import static org.bytedeco.pytorch.global.torch.conv2d;
import static org.bytedeco.pytorch.global.torch.upsample_bilinear2d;
import static org.bytedeco.pytorch.global.torch.zeros;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.autoloss.internal.RandomStreams;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;

/**
 * The parameters of a network, and the layers made of them.
 *
 * <p>All parameters are views of one flat tensor, all their gradients of a second, and the running
 * statistics of batch normalisation of a third. An optimiser's step is then three operations on one
 * vector instead of three per parameter, and a checkpoint is two arrays.
 *
 * <p>libtorch's modules are not used: their constructors draw initial weights from libtorch's
 * global generator, which other threads advance too.
 */
final class Layers implements AutoCloseable {
  static final String HEAD = "head";

  private static final double NORM_MOMENTUM = 0.1;
  private static final double NORM_EPSILON = 1e-5;
  private static final double HEAD_DEVIATION = 0.01;

  /** A slice of one of the flat tensors. */
  private record Slice(int offset, long[] shape) {
    int size() {
      int size = 1;
      for (long extent : shape) {
        size = Math.multiplyExact(size, (int) extent);
      }
      return size;
    }
  }

  private final Map<String, Slice> slices;
  private final List<Tensor> kept = new ArrayList<>();
  private final Map<String, Tensor> views = new LinkedHashMap<>();
  private final Tensor parameters;
  private final Tensor gradients;
  private final Tensor statistics;
  private boolean closed;

  /** Collects layers. */
  static final class Builder {
    private final Map<String, Slice> parameters = new LinkedHashMap<>();
    private final Map<String, Slice> statistics = new LinkedHashMap<>();
    private int parameterCount;
    private int statisticCount;

    /** A square convolution without bias, followed by batch normalisation. */
    void convolution(String name, int in, int out, int kernel) {
      parameter(name + ".weight", out, in, kernel, kernel);
      parameter(name + ".scale", out);
      parameter(name + ".shift", out);
      statistic(name + ".mean", out);
      statistic(name + ".variance", out);
    }

    /** The last layer: a 1x1 convolution with bias. */
    void head(int in, int classes) {
      parameter(HEAD + ".weight", classes, in, 1, 1);
      parameter(HEAD + ".bias", classes);
    }

    Layers build() {
      return new Layers(this);
    }

    /** Checks a network's arrays before memory is taken for it. */
    void require(float[] parameterValues, float[] statisticValues) {
      check("parameters", parameterCount, parameterValues);
      check("statistics", statisticCount, statisticValues);
    }

    /** Checks that no value is NaN or infinite; the arrays have the lengths that are declared. */
    void requireFinite(float[] parameterValues, float[] statisticValues) {
      parameters.forEach((name, slice) -> requireFinite(name, slice, parameterValues));
      statistics.forEach((name, slice) -> requireFinite(name, slice, statisticValues));
    }

    private static void requireFinite(String name, Slice slice, float[] values) {
      for (int i = slice.offset(); i < slice.offset() + slice.size(); i++) {
        if (!Float.isFinite(values[i])) {
          throw new IllegalArgumentException(
              "expected finite weights, got "
                  + values[i]
                  + " in "
                  + name
                  + "; train it again, with a smaller learning rate");
        }
      }
    }

    private static void check(String name, int expected, float[] values) {
      if (expected != values.length) {
        throw new IllegalArgumentException(
            name + ": expected " + expected + " values, got " + values.length);
      }
    }

    private void parameter(String name, long... shape) {
      Slice slice = new Slice(parameterCount, shape);
      parameters.put(name, slice);
      parameterCount = Math.addExact(parameterCount, slice.size());
    }

    private void statistic(String name, long... shape) {
      Slice slice = new Slice(statisticCount, shape);
      statistics.put(name, slice);
      statisticCount = Math.addExact(statisticCount, slice.size());
    }
  }

  private Layers(Builder builder) {
    slices = builder.parameters;
    try (PointerScope scope = new PointerScope()) {
      parameters = keep(zeros(builder.parameterCount));
      gradients = keep(zeros(builder.parameterCount));
      statistics = keep(zeros(builder.statisticCount));
      builder.parameters.forEach(
          (name, slice) -> {
            Tensor view = keep(view(parameters, slice));
            view.set_requires_grad(true);
            // Backward adds in place to a gradient that exists, so it lands in the flat tensor.
            view.mutable_grad().put(view(gradients, slice));
            views.put(name, view);
          });
      builder.statistics.forEach((name, slice) -> views.put(name, keep(view(statistics, slice))));
    }
  }

  /**
   * Fresh values: He initialisation (He et al., ICCV 2015, equation 10) of convolutions, unit
   * scales, zero shifts.
   */
  void initialise(long seed) {
    float[] values = new float[Math.toIntExact(parameters.numel())];
    slices.forEach((name, slice) -> initialise(values, name, slice, seed));
    FloatBuffer statistic = statistics.createBuffer();
    for (Map.Entry<String, Tensor> view : views.entrySet()) {
      if (view.getKey().endsWith(".mean") || view.getKey().endsWith(".variance")) {
        float start = view.getKey().endsWith(".variance") ? 1 : 0;
        for (long i = view.getValue().numel(); i > 0; i--) {
          statistic.put(start);
        }
      }
    }
    parameters.<FloatBuffer>createBuffer().put(values);
  }

  /** Fresh values of the head alone. */
  void initialiseHead(long seed) {
    float[] values = parameterValues();
    slices.forEach(
        (name, slice) -> {
          if (name.startsWith(HEAD)) {
            initialise(values, name, slice, seed);
          }
        });
    parameters.<FloatBuffer>createBuffer().put(values);
  }

  /** A convolution of "same" size (divided by the stride), normalised over the batch. */
  Tensor convolve(String name, Tensor input, int stride, int dilation, boolean training) {
    Tensor weight = views.get(name + ".weight");
    long padding = dilation * (weight.size(2) / 2);
    Tensor output =
        conv2d(
            input,
            weight,
            new TensorOptional(),
            new long[] {stride, stride},
            new long[] {padding, padding},
            new long[] {dilation, dilation},
            1);
    return batch_norm(
        output,
        optional(name + ".scale"),
        optional(name + ".shift"),
        optional(name + ".mean"),
        optional(name + ".variance"),
        training,
        NORM_MOMENTUM,
        NORM_EPSILON,
        false);
  }

  /** Features to logits. */
  Tensor classify(Tensor features) {
    return conv2d(
        features,
        views.get(HEAD + ".weight"),
        optional(HEAD + ".bias"),
        new long[] {1, 1},
        new long[] {0, 0},
        new long[] {1, 1},
        1);
  }

  /** Bilinear interpolation to a size, corners not aligned. */
  static Tensor resize(Tensor input, long height, long width) {
    return upsample_bilinear2d(input, new long[] {height, width}, false);
  }

  /** All parameters, flat; owned by this. */
  Tensor parameters() {
    return parameters;
  }

  /** All gradients, flat; owned by this. */
  Tensor gradients() {
    return gradients;
  }

  /** A copy of one parameter. */
  float[] values(String name) {
    Slice slice = slices.get(name);
    return Arrays.copyOfRange(parameterValues(), slice.offset(), slice.offset() + slice.size());
  }

  float[] parameterValues() {
    return copy(parameters);
  }

  float[] statisticValues() {
    return copy(statistics);
  }

  /** Overwrites all values; the arrays have the lengths that were declared. */
  void load(float[] parameterValues, float[] statisticValues) {
    parameters.<FloatBuffer>createBuffer().put(parameterValues);
    statistics.<FloatBuffer>createBuffer().put(statisticValues);
  }

  /** Whether no parameter and no statistic is NaN or infinite. */
  boolean isFinite() {
    try (PointerScope scope = new PointerScope()) {
      // One sum instead of a test of each: NaN and infinity survive it.
      return Double.isFinite(parameters.abs().sum().item_double())
          && Double.isFinite(statistics.abs().sum().item_double());
    }
  }

  void requireOpen() {
    if (closed) {
      throw new IllegalStateException("network: it is closed");
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      kept.forEach(Tensor::releaseReference);
    }
  }

  private TensorOptional optional(String name) {
    return new TensorOptional(views.get(name));
  }

  // A PointerScope frees what it saw made; a counted reference outlives it until close().
  private Tensor keep(Tensor tensor) {
    tensor.retainReference();
    kept.add(tensor);
    return tensor;
  }

  private static Tensor view(Tensor flat, Slice slice) {
    return flat.narrow(0, slice.offset(), slice.size()).view(slice.shape());
  }

  // Each parameter has a stream of its own, by its offset: adding a layer at the end, or drawing
  // the head alone, leaves the others as they were.
  private static void initialise(float[] values, String name, Slice slice, long seed) {
    RandomGenerator random = RandomStreams.stream(seed, slice.offset());
    double deviation = deviation(name, slice.shape());
    for (int i = 0; i < slice.size(); i++) {
      values[slice.offset() + i] =
          name.endsWith(".scale") ? 1 : (float) (deviation * random.nextGaussian());
    }
  }

  private static double deviation(String name, long[] shape) {
    if (!name.endsWith(".weight")) {
      return 0;
    }
    // Nearly equal logits at first: the loss starts at log C whatever the features' scale.
    return name.startsWith(HEAD)
        ? HEAD_DEVIATION
        : Math.sqrt(2.0 / (shape[1] * shape[2] * shape[3]));
  }

  private static float[] copy(Tensor flat) {
    float[] values = new float[Math.toIntExact(flat.numel())];
    flat.<FloatBuffer>createBuffer().get(values);
    return values;
  }
}
