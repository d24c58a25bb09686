package org.autoloss.nn;

import static org.bytedeco.pytorch.global.torch.zeros;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.autoloss.Device;
import org.autoloss.internal.Excerpt;
import org.autoloss.internal.RandomStreams;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.DeviceOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;

/**
 * The values of a network: its parameters, which are trained, its buffers and its counters, by
 * their names in PyTorch's state_dict.
 *
 * <p>All parameters are views of one flat tensor, all their gradients of a second, and all buffers
 * of a third. An optimiser's step is then a few operations on long vectors instead of three per
 * parameter: {@link #groups} has those that are treated alike.
 *
 * <p>libtorch's modules are not used: their constructors draw initial weights from libtorch's
 * global generator, which other threads advance too.
 *
 * <p>It owns native memory until {@link #close}. Not thread-safe.
 */
public final class Parameters implements AutoCloseable {
  private final Scope declared;
  private final Device device;
  private final List<Tensor> kept = new ArrayList<>();
  private final Tensor values;
  private final Tensor gradients;
  private final Tensor buffers;
  private boolean closed;

  /**
   * Takes memory for all that is declared.
   *
   * @param declared by the blocks of a network, each scope once
   * @param device where to
   */
  Parameters(Scope declared, Device device) {
    this.declared = declared;
    this.device = device;
    try (PointerScope scope = new PointerScope()) {
      values = keep(flat(declared.trainedCount()));
      gradients = keep(flat(declared.trainedCount()));
      buffers = keep(flat(declared.bufferCount()));
      for (Parameter parameter : declared.trained()) {
        Tensor view = keep(view(values, parameter));
        view.set_requires_grad(true);
        // Backward adds in place to a gradient that exists, so it lands in the flat tensor.
        view.mutable_grad().put(view(gradients, parameter));
        parameter.place(view);
      }
      declared.buffers().forEach(buffer -> buffer.place(keep(view(buffers, buffer))));
    }
  }

  /**
   * Where the values are.
   *
   * @return the device
   */
  public Device device() {
    return device;
  }

  /**
   * The names of all parameters, buffers and counters.
   *
   * @return an unmodifiable collection, in the state_dict's order
   */
  public Collection<String> names() {
    return Collections.unmodifiableCollection(declared.entries().keySet());
  }

  /**
   * A parameter or a buffer.
   *
   * @param name in the state_dict
   * @return what has the name
   * @throws IllegalArgumentException if nothing has
   */
  public Parameter get(String name) {
    if (declared.entries().get(name) instanceof Parameter parameter) {
      return parameter;
    }
    throw new IllegalArgumentException("parameter: expected a name of the network, got " + name);
  }

  /**
   * A counter.
   *
   * @param name in the state_dict
   * @return what has the name
   * @throws IllegalArgumentException if nothing has
   */
  public Counter counter(String name) {
    if (declared.entries().get(name) instanceof Counter counter) {
      return counter;
    }
    throw new IllegalArgumentException("counter: expected a name of the network, got " + name);
  }

  /**
   * Gives fresh values to all: each parameter has a stream of its own, by its place, so that a
   * layer more at the end, or drawing a head alone, leaves the others as they were.
   *
   * @param seed same seed, same values
   */
  void initialise(long seed) {
    initialise(seed, name -> true);
  }

  /**
   * Gives fresh values to some.
   *
   * @param seed same seed, same values
   * @param parts paths of modules, such as {@code head}
   */
  void initialise(long seed, Collection<String> parts) {
    initialise(seed, isUnderAny(parts));
  }

  /**
   * Keeps parts of the network as they are: no optimiser changes their parameters, no gradient is
   * computed for them, and their norms record nothing. Buffers need no freezing.
   *
   * @param parts paths of modules or parameters, such as {@code backbone.layer1}
   * @throws IllegalArgumentException if a part has neither parameter nor buffer
   * @throws IllegalStateException if the network is closed
   */
  public void freeze(Collection<String> parts) {
    requireOpen();
    for (String part : parts) {
      boolean hasBuffers =
          declared.buffers().stream().anyMatch(each -> Parameter.isUnder(part, each.name()));
      List<Parameter> found = hasBuffers ? trainedUnder(part) : under(part);
      try (PointerScope scope = new PointerScope()) {
        for (Parameter parameter : found) {
          parameter.freeze();
          parameter.tensor().set_requires_grad(false);
          view(gradients, parameter).zero_();
        }
      }
    }
  }

  /**
   * The parameters that are not frozen, grouped by how an optimiser treats them.
   *
   * @param heads paths of modules with a learning rate of their own
   * @param spareNorms whether norms and biases, all that is a vector, are to have no weight decay
   * @return as few groups as possible: consecutive parameters of one kind are one group
   * @throws IllegalArgumentException if a head has no parameter
   * @throws IllegalStateException if the network is closed
   */
  public List<ParameterGroup> groups(Collection<String> heads, boolean spareNorms) {
    requireOpen();
    heads.forEach(this::under);
    Predicate<String> isHead = isUnderAny(heads);
    List<ParameterGroup> groups = new ArrayList<>();
    for (Parameter parameter : declared.trained()) {
      if (!parameter.frozen()) {
        ParameterGroup next =
            new ParameterGroup(
                parameter.offset(),
                parameter.count(),
                isHead.test(parameter.name()),
                parameter.isMatrix() || !spareNorms);
        ParameterGroup last = groups.isEmpty() ? null : groups.get(groups.size() - 1);
        if (last != null && last.continuesIn(next)) {
          groups.set(groups.size() - 1, last.with(next));
        } else {
          groups.add(next);
        }
      }
    }
    return groups;
  }

  /**
   * All parameters.
   *
   * @return one flat tensor, owned by this
   */
  public Tensor values() {
    return values;
  }

  /**
   * The gradients of all parameters.
   *
   * @return one flat tensor, owned by this
   */
  public Tensor gradients() {
    return gradients;
  }

  /**
   * Whether no parameter and no buffer is NaN or infinite.
   *
   * @return false after a training that met NaN or infinity
   */
  public boolean isFinite() {
    try (PointerScope scope = new PointerScope()) {
      // One sum instead of a test of each: NaN and infinity survive it.
      return Double.isFinite(values.abs().sum().item_double())
          && Double.isFinite(buffers.abs().sum().item_double());
    }
  }

  /**
   * A copy of all values.
   *
   * @return parameters, buffers and counters by their names, in the state_dict's order
   * @throws IllegalStateException if the network is closed
   */
  public StateDict state() {
    requireOpen();
    Map<String, TensorData> tensors = new LinkedHashMap<>();
    for (Scope.Entry entry : declared.entries().values()) {
      tensors.put(
          entry.name(),
          entry instanceof Parameter parameter
              ? TensorData.of(parameter.toArray(), parameter.shape())
              : TensorData.of(((Counter) entry).value()));
    }
    return new StateDict(tensors, Map.of());
  }

  /** Overwrites all values; names and shapes are those that are declared. */
  void load(StateDict state) throws IOException {
    for (Scope.Entry entry : declared.entries().values()) {
      TensorData given = state.tensors().get(entry.name());
      if (entry instanceof Parameter parameter) {
        parameter.set(given.floats());
      } else {
        ((Counter) entry).set(given == null ? 0 : given.longs()[0]);
      }
    }
  }

  /** Takes what fits of a file of any network, by the names that are published. */
  LoadReport adopt(StateDict file) throws IOException {
    requireOpen();
    LoadReport report = declared.match(file);
    for (Map.Entry<String, String> each : report.used().entrySet()) {
      TensorData given = file.get(each.getValue());
      if (declared.entries().get(each.getKey()) instanceof Parameter parameter) {
        float[] values = given.floats();
        requireFinite(each.getValue(), values);
        parameter.set(values);
      } else {
        counter(each.getKey()).set(given.longs()[0]);
      }
    }
    return report;
  }

  private static void requireFinite(String name, float[] values) {
    for (float value : values) {
      if (!Float.isFinite(value)) {
        throw new IllegalArgumentException(
            "weights: expected finite numbers, got " + value + " in " + Excerpt.of(name));
      }
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

  private void initialise(long seed, Predicate<String> which) {
    for (Scope.Entry entry : declared.entries().values()) {
      if (which.test(entry.name())) {
        if (entry instanceof Parameter parameter) {
          float[] fresh = new float[parameter.count()];
          parameter
              .initial()
              .fill(fresh, parameter.shape(), RandomStreams.stream(seed, parameter.offset()));
          parameter.set(fresh);
        } else {
          ((Counter) entry).set(0);
        }
      }
    }
  }

  private List<Parameter> trainedUnder(String part) {
    return declared.trained().stream()
        .filter(parameter -> Parameter.isUnder(part, parameter.name()))
        .toList();
  }

  private List<Parameter> under(String part) {
    List<Parameter> found = trainedUnder(part);
    if (found.isEmpty()) {
      throw new IllegalArgumentException(
          "network: expected a part that has parameters, such as "
              + declared.trained().get(0).name().split("\\.")[0]
              + ", got '"
              + part
              + "'");
    }
    return found;
  }

  private static Predicate<String> isUnderAny(Collection<String> parts) {
    return name -> parts.stream().anyMatch(part -> Parameter.isUnder(part, name));
  }

  private Tensor flat(int count) {
    TensorOptions options =
        new TensorOptions()
            .device(new DeviceOptional(new org.bytedeco.pytorch.Device(device.toString())));
    return zeros(new long[] {count}, options);
  }

  // A PointerScope frees what it saw made; a counted reference outlives it until close().
  private Tensor keep(Tensor tensor) {
    tensor.retainReference();
    kept.add(tensor);
    return tensor;
  }

  private static Tensor view(Tensor flat, Parameter parameter) {
    return flat.narrow(0, parameter.offset(), parameter.count()).view(parameter.shape());
  }
}
