package org.autoloss.task;

import java.io.IOException;
import org.autoloss.internal.RandomStreams;
import org.autoloss.nn.Checkpoint;
import org.autoloss.nn.Network;
import org.autoloss.nn.StateDict;
import org.autoloss.train.Optimiser;
import org.autoloss.train.OptimiserSettings;
import org.autoloss.train.TrainingSettings;

/**
 * A model that is one network: all that follows from that. What is left to a task are its batches,
 * what losses compare, and how it is measured.
 */
public abstract class NetworkModel implements TaskModel {
  private static final long HEAD = 1;

  private final Network network;
  private final long seed;

  /**
   * A model.
   *
   * @param network closed with this model
   * @param seed of fresh heads, as a stream of its own
   */
  protected NetworkModel(Network network, long seed) {
    this.network = network;
    this.seed = seed;
  }

  /**
   * The network.
   *
   * @return as given at construction
   */
  protected final Network network() {
    return network;
  }

  @Override
  public Optimiser optimiser(TrainingSettings settings) {
    return OptimiserSettings.optimiser(network.parameters(), network.heads(), settings);
  }

  @Override
  public boolean isFinite() {
    return network.parameters().isFinite();
  }

  @Override
  public StateDict state() {
    return network.checkpoint().state();
  }

  @Override
  public void restore(StateDict state, int step) throws IOException {
    network.restore(state, step);
  }

  @Override
  public void resetHeads() {
    network.resetHead(RandomStreams.seed(seed, HEAD));
  }

  @Override
  public Checkpoint checkpoint() {
    return network.checkpoint();
  }

  @Override
  public void close() {
    network.close();
  }
}
