package org.autoloss.train;

import java.util.Arrays;
import java.util.Map;
import org.autoloss.internal.Libtorch;
import org.autoloss.internal.RandomStreams;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * A segmentation network with its parameters, on the CPU. It owns native memory until {@link
 * #close}. Not thread-safe; each worker has a network of its own.
 */
public final class Network implements AutoCloseable {
  private static final long BODY = 1;
  private static final long HEAD = 2;

  private final NetworkSpec spec;
  private final Architecture architecture;
  private final Layers layers;

  private Network(NetworkSpec spec, Layers.Builder declared) {
    Libtorch.load();
    this.spec = spec;
    architecture = spec.architecture();
    layers = declared.build();
  }

  /**
   * A network with fresh weights: He initialisation (He et al., "Delving deep into rectifiers",
   * ICCV 2015, equation 10).
   *
   * @param spec kind and size
   * @param seed same seed, same weights
   * @return the network; the caller closes it
   */
  public static Network of(NetworkSpec spec, long seed) {
    Network network = new Network(spec, spec.layers());
    network.layers.initialise(RandomStreams.seed(seed, BODY));
    return network;
  }

  /**
   * The network that a checkpoint holds.
   *
   * @param checkpoint where from; copied
   * @return the network; the caller closes it
   * @throws IllegalArgumentException if the checkpoint's arrays do not fit its network
   */
  public static Network of(Checkpoint checkpoint) {
    Layers.Builder declared = checkpoint.spec().layers();
    declared.require(checkpoint.parameters(), checkpoint.statistics());
    Network network = new Network(checkpoint.spec(), declared);
    network.layers.load(checkpoint.parameters(), checkpoint.statistics());
    return network;
  }

  /**
   * Kind and size.
   *
   * @return as given at construction
   */
  public NetworkSpec spec() {
    return spec;
  }

  /**
   * Images to logits.
   *
   * @param images {@code [N,3,H,W]} float32, normalised
   * @param training true: batch normalisation uses and records the batch's statistics; false: it
   *     uses the recorded ones
   * @return {@code [N,C,H,W]} float32, a new tensor with a gradient function if gradients are
   *     enabled; it belongs to the caller
   * @throws IllegalArgumentException if the shape is another
   * @throws IllegalStateException if this network is closed
   */
  public Tensor forward(Tensor images, boolean training) {
    layers.requireOpen();
    if (images.dim() != 4 || images.size(1) != 3) {
      throw new IllegalArgumentException(
          "images: expected shape [N,3,H,W], got " + Arrays.toString(images.shape()));
    }
    Tensor logits = new Tensor();
    try (PointerScope scope = new PointerScope()) {
      logits.put(architecture.forward(layers, images, training));
    }
    return logits;
  }

  /**
   * Replaces the last layer's weights by fresh ones, as papers do that start from weights learnt on
   * another task.
   *
   * @param seed same seed, same weights
   * @throws IllegalStateException if this network is closed
   */
  public void resetHead(long seed) {
    layers.requireOpen();
    layers.initialiseHead(RandomStreams.seed(seed, HEAD));
  }

  /**
   * A copy of the weights as they are now.
   *
   * @return a checkpoint without notes
   * @throws IllegalStateException if this network is closed
   */
  public Checkpoint checkpoint() {
    layers.requireOpen();
    return new Checkpoint(spec, layers.parameterValues(), layers.statisticValues(), Map.of());
  }

  /** Frees the native memory. Closing twice is harmless. */
  @Override
  public void close() {
    layers.close();
  }

  Layers layers() {
    layers.requireOpen();
    return layers;
  }
}
