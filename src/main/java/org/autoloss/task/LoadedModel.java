package org.autoloss.task;

import java.util.function.LongFunction;
import org.autoloss.Device;
import org.autoloss.data.Ahead;
import org.autoloss.nn.Network;
import org.autoloss.train.Optimiser;
import org.autoloss.train.TrainingSettings;

/**
 * A network on a device of a task's, with batches that are made while it computes. When it is
 * closed it gives the device back.
 *
 * @param <B> the kind of batch
 */
public abstract class LoadedModel<B> extends NetworkModel {
  private final DevicePool devices;
  private Ahead<B> batches;
  private boolean open = true;

  /**
   * A model, which has no batches before {@link #load}.
   *
   * @param network on a device that was taken from the pool; closed with this model
   * @param seed of fresh heads, as a stream of its own
   * @param devices of the task
   */
  protected LoadedModel(Network network, long seed, DevicePool devices) {
    super(network, seed);
    this.devices = devices;
  }

  /**
   * Takes batches from a source, in place of the one before.
   *
   * @param source of batches by their steps
   */
  protected final void load(LongFunction<B> source) {
    if (batches != null) {
      batches.close();
    }
    batches = new Ahead<>(source, devices.threads(), 0);
  }

  /**
   * The batch of a step.
   *
   * @param step from 0
   * @return the source's
   */
  protected final B batch(long step) {
    return batches.get(step);
  }

  /**
   * Where the network is.
   *
   * @return the pool's
   */
  protected final Device device() {
    return network().parameters().device();
  }

  @Override
  public final Optimiser optimiser(TrainingSettings settings) {
    batches.until(settings.steps());
    return super.optimiser(settings);
  }

  @Override
  public final void close() {
    if (open) {
      open = false;
      devices.give(device());
      batches.close();
    }
    super.close();
  }
}
