package org.autoloss.data;

import java.util.random.RandomGenerator;
import org.autoloss.internal.RandomStreams;

/**
 * The order in which trainings meet the samples of a data set: each once in an epoch, in an order
 * of the epoch's own. Position i of a seed is the same sample whenever it is asked for.
 * Thread-safe.
 */
final class SampleOrder {
  private static final long SHUFFLE = 1;

  private final int size;
  private final long seed;
  private volatile Epoch lastEpoch;

  private record Epoch(long number, int[] order) {}

  /**
   * An order.
   *
   * @param size how many samples there are
   * @param seed same seed, same order
   */
  SampleOrder(int size, long seed) {
    this.size = size;
    this.seed = seed;
  }

  /** The sample at a position, from 0 on through all epochs. */
  int sample(long position) {
    return order(position / size)[(int) (position % size)];
  }

  private int[] order(long epoch) {
    Epoch last = lastEpoch;
    if (last == null || last.number != epoch) {
      last = new Epoch(epoch, permutation(RandomStreams.stream(seed, SHUFFLE, epoch)));
      lastEpoch = last;
    }
    return last.order;
  }

  private int[] permutation(RandomGenerator random) {
    int[] order = new int[size];
    for (int i = 0; i < order.length; i++) {
      int j = random.nextInt(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }
}
