package org.autoloss.task;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.autoloss.Device;
import org.autoloss.internal.RandomStreams;
import org.autoloss.nn.Checkpoint;
import org.autoloss.nn.LoadReport;
import org.autoloss.nn.Network;
import org.autoloss.nn.NetworkSpec;

/**
 * The networks of a task: of one specification, with the weights that they begin with, each on the
 * device that has the fewest. The model that is made of a network gives its device back, to {@link
 * #devices}, when it is closed.
 */
public final class TaskNetworks {
  private static final long WEIGHTS = 1;

  private final String network;
  private final InitialWeights init; // null for fresh weights
  private final DevicePool devices;

  /**
   * Checks all that can be said before data are read.
   *
   * @param network the specification, such as {@code unet:width=8}
   * @param init what networks begin with, as far as it fits; {@code null} for fresh weights
   * @param devices different ones
   * @throws IllegalArgumentException if the network is unknown, no weight fits it, or a device is
   *     not there
   */
  public TaskNetworks(String network, InitialWeights init, List<Device> devices) {
    this.network = network;
    this.init = init;
    NetworkSpec spec = spec(2).requireKnown();
    if (init != null) {
      init.match(spec);
    }
    this.devices = new DevicePool(devices);
  }

  private NetworkSpec spec(int classes) {
    return new NetworkSpec(network, classes);
  }

  /**
   * A model of a network that begins.
   *
   * @param <M> the kind of model
   * @param classes of the network
   * @param seed of fresh weights
   * @param model made of the network, which it closes
   * @return the model
   */
  public <M> M begin(int classes, long seed, Function<Network, M> model) {
    return opened(
        device -> {
          Network fresh = Network.of(spec(classes), RandomStreams.seed(seed, WEIGHTS), device);
          return init == null ? fresh : init.into(fresh);
        },
        model);
  }

  /**
   * A model of a network that goes on.
   *
   * @param <M> the kind of model
   * @param start where it stands
   * @param model made of the network, which it closes
   * @return the model
   */
  public <M> M resume(Checkpoint start, Function<Network, M> model) {
    return opened(device -> Network.of(start, device), model);
  }

  private <M> M opened(Function<Device, Network> made, Function<Network, M> model) {
    Device device = devices.take();
    Network opened = null;
    try {
      opened = made.apply(device);
      return model.apply(opened);
    } catch (RuntimeException | Error e) {
      devices.give(device);
      if (opened != null) {
        opened.close();
      }
      throw e;
    }
  }

  /**
   * What the file of weights gives a network.
   *
   * @param classes of the network
   * @return empty where weights are fresh
   */
  public Optional<LoadReport> initialWeights(int classes) {
    return Optional.ofNullable(init).map(weights -> weights.match(spec(classes)));
  }

  /**
   * Adds which weights networks begin with, if they are not fresh.
   *
   * @param json of the task
   */
  public void putInto(ObjectNode json) {
    if (init != null) {
      init.putInto(json);
    }
  }

  /**
   * Where the networks are.
   *
   * @return shared by all models
   */
  public DevicePool devices() {
    return devices;
  }
}
