package org.autoloss.data;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.autoloss.internal.RandomStreams;

/**
 * The order in which trainings meet the samples of a data set: each once in an epoch, in an order
 * of the epoch's own. Position i of a seed is the same sample whenever it is asked for.
 * Thread-safe.
 */
public final class SampleOrder {
  private static final long SHUFFLE = 1;
  private static final long AUGMENT = 2;

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
  public SampleOrder(int size, long seed) {
    this.size = size;
    this.seed = seed;
  }

  /**
   * Makes an example of a sample.
   *
   * @param <E> the kind of example
   */
  public interface Maker<E> {
    /**
     * Makes it.
     *
     * @param sample its number
     * @param random of this example alone
     * @return the example
     */
    E make(int sample, RandomGenerator random);
  }

  /**
   * A batch of examples, each with random numbers of its own.
   *
   * @param <E> the kind of examples
   * @param index of the batch, from 0
   * @param batchSize examples in it
   * @param maker makes the examples
   * @return as many
   * @throws IllegalArgumentException if index is negative
   */
  public <E> List<E> batch(long index, int batchSize, Maker<E> maker) {
    if (index < 0) {
      throw new IllegalArgumentException("index: expected at least 0, got " + index);
    }
    List<E> examples = new ArrayList<>();
    for (int i = 0; i < batchSize; i++) {
      long position = Math.addExact(Math.multiplyExact(index, batchSize), i);
      examples.add(maker.make(sample(position), RandomStreams.stream(seed, AUGMENT, position)));
    }
    return examples;
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
