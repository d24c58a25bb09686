package org.autoloss.nn;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.autoloss.Device;
import org.autoloss.internal.Libtorch;
import org.autoloss.internal.RandomStreams;
import org.autoloss.internal.Scoped;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * A network with its parameters, on the CPU or a GPU. It owns native memory until {@link #close}.
 * Not thread-safe; each worker has a network of its own.
 */
public final class Network implements AutoCloseable {
  private static final long BODY = 1;
  private static final long HEAD = 2;
  private static final long PASSES = 3;

  private final NetworkSpec spec;
  private final Architecture architecture;
  private final Parameters parameters;
  private long seed;
  private long passes;

  private Network(NetworkSpec spec, NetworkSpec.Declared declared, Device device) {
    Libtorch.load();
    device.requireUsable("network", "take the CPU");
    this.spec = spec;
    architecture = declared.architecture();
    parameters = new Parameters(declared.scope(), device);
    parameters.freeze(architecture.frozen());
  }

  /**
   * A network with fresh weights, on the CPU.
   *
   * @param spec which
   * @param seed same seed, same weights
   * @return the network; the caller closes it
   */
  public static Network of(NetworkSpec spec, long seed) {
    return of(spec, seed, Device.CPU);
  }

  /**
   * A network with fresh weights, those of the same seed on every device.
   *
   * @param spec which
   * @param seed same seed, same weights
   * @param device where it is to be
   * @return the network; the caller closes it
   * @throws IllegalStateException if the device is not there
   */
  public static Network of(NetworkSpec spec, long seed, Device device) {
    Network network = new Network(spec, spec.declare(), device);
    network.seed = seed;
    network.parameters.initialise(RandomStreams.seed(seed, BODY));
    return network;
  }

  /**
   * The network that a checkpoint holds, on the CPU.
   *
   * @param checkpoint where from; copied
   * @return the network; the caller closes it
   * @throws IllegalArgumentException if a weight is missing, of another shape, or one too many
   */
  public static Network of(Checkpoint checkpoint) {
    return of(checkpoint, Device.CPU);
  }

  /**
   * The network that a checkpoint holds.
   *
   * @param checkpoint where from; copied
   * @param device where it is to be
   * @return the network; the caller closes it
   * @throws IllegalArgumentException if a weight is missing, of another shape, or one too many
   * @throws IllegalStateException if the device is not there
   */
  public static Network of(Checkpoint checkpoint, Device device) {
    NetworkSpec.Declared declared = checkpoint.spec().declare();
    declared.scope().require(checkpoint.state(), checkpoint.spec());
    Network network = new Network(checkpoint.spec(), declared, device);
    try {
      network.parameters.load(checkpoint.state());
    } catch (IOException e) { // not of checkpoints that were read: their values are in memory
      network.close();
      throw new UncheckedIOException(e);
    }
    return network;
  }

  /**
   * Which network it is.
   *
   * @return as given at construction
   */
  public NetworkSpec spec() {
    return spec;
  }

  /**
   * Its blocks, for what runs parts of it.
   *
   * @param <A> the kind of network
   * @param kind what the caller can run
   * @return the blocks; they may run as long as this network is open
   * @throws IllegalArgumentException if it is another kind of network
   */
  public <A extends Architecture> A architecture(Class<A> kind) {
    if (!kind.isInstance(architecture)) {
      throw new IllegalArgumentException(
          "network: expected a " + kind.getSimpleName() + ", got " + spec.text());
    }
    return kind.cast(architecture);
  }

  /**
   * What the heights and widths of images should be multiples of.
   *
   * @return at least 1
   */
  public int stride() {
    return architecture.stride();
  }

  /**
   * Its weights.
   *
   * @return owned by this network
   * @throws IllegalStateException if this network is closed
   */
  public Parameters parameters() {
    parameters.requireOpen();
    return parameters;
  }

  /**
   * Images to logits.
   *
   * @param images {@code [N,3,H,W]} float32, normalised, on this network's device
   * @param training true: batch normalisation uses and records the batch's statistics; false: it
   *     uses the recorded ones
   * @return {@code [N,C,H,W]} float32, a new tensor with a gradient function if gradients are
   *     enabled; it belongs to the caller
   * @throws IllegalArgumentException if the shape is another
   * @throws IllegalStateException if this network is closed
   */
  public Tensor forward(Tensor images, boolean training) {
    check(images);
    return Scoped.result(() -> architecture.forward(images, pass(training)));
  }

  /**
   * Images to all that losses may be applied to, those of auxiliary heads among them.
   *
   * @param images {@code [N,3,H,W]} float32, normalised, on this network's device
   * @param training as in {@link #forward}
   * @return new tensors by name; they belong to the caller's {@link PointerScope}
   * @throws IllegalArgumentException if the shape is another
   * @throws IllegalStateException if this network is closed
   */
  public Map<String, Tensor> outputs(Tensor images, boolean training) {
    check(images);
    Map<String, Tensor> outputs = new LinkedHashMap<>();
    try (PointerScope scope = new PointerScope()) {
      outputs.putAll(architecture.outputs(images, pass(training)));
      outputs.values().forEach(Tensor::retainReference);
    }
    outputs.values().forEach(Scoped::handOver);
    return outputs;
  }

  /**
   * Replaces the heads' weights by fresh ones, as papers do that start from weights learnt on
   * another task. What is random in trainings, such as dropout, follows the seed as well.
   *
   * @param seed same seed, same weights
   * @throws IllegalStateException if this network is closed
   */
  public void resetHead(long seed) {
    parameters().initialise(RandomStreams.seed(seed, HEAD), architecture.heads());
    this.seed = seed;
    passes = 0;
  }

  /**
   * Takes weights from a file of this or of another network, as far as names and sizes fit: a
   * backbone's own file, a file of PyTorch's data parallel training, one of another task. Names may
   * be torchvision's or mmsegmentation's, see {@link StateDict#read}. What the file has not stays
   * as it is.
   *
   * @param weights of a file
   * @return which were used, and which not
   * @throws IOException if the file cannot be read; some weights may have been taken by then
   * @throws IllegalArgumentException if no name fits, or a value is NaN or infinite
   * @throws IllegalStateException if this network is closed
   */
  public LoadReport load(StateDict weights) throws IOException {
    return parameters().adopt(weights);
  }

  /**
   * A copy of the weights as they are now.
   *
   * @return a checkpoint without notes
   * @throws IllegalStateException if this network is closed
   */
  public Checkpoint checkpoint() {
    return new Checkpoint(spec, parameters.state(), Map.of());
  }

  /**
   * Puts weights back for a training that goes on.
   *
   * @param state what {@link #checkpoint} held, of a network that was made in the same way
   * @param trained how many passes of a training there were, for what is random in them
   * @throws IOException if the state cannot be read
   * @throws IllegalArgumentException if a weight is missing, or of another shape
   * @throws IllegalStateException if this network is closed
   */
  public void restore(StateDict state, long trained) throws IOException {
    spec.declare().scope().require(state, spec);
    parameters().load(state);
    passes = trained;
  }

  /**
   * The parts that belong to a task rather than to images.
   *
   * @return paths of modules, such as {@code head}
   */
  public List<String> heads() {
    return architecture.heads();
  }

  /** Frees the native memory. Closing twice is harmless. */
  @Override
  public void close() {
    parameters.close();
  }

  private void check(Tensor images) {
    parameters.requireOpen();
    if (images.dim() != 4 || images.size(1) != 3) {
      throw new IllegalArgumentException(
          "images: expected shape [N,3,H,W], got " + Arrays.toString(images.shape()));
    }
  }

  private Pass pass(boolean training) {
    return training ? Pass.training(RandomStreams.seed(seed, PASSES, passes++)) : Pass.EVALUATION;
  }
}
