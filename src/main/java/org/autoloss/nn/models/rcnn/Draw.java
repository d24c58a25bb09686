package org.autoloss.nn.models.rcnn;

import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/** How samples are drawn without replacement: the first of an order. */
@FunctionalInterface
public interface Draw {
  /** The first ones. */
  Draw IN_ORDER = count -> IntStream.range(0, count).toArray();

  /**
   * An order of so many things.
   *
   * @param count how many
   * @return the numbers from 0 to {@code count - 1}, each once
   */
  int[] order(int count);

  /**
   * A random order (Durstenfeld, CACM 7, 1964, algorithm 235).
   *
   * @param random what to draw from
   * @return each order is as likely as any other
   */
  static Draw of(RandomGenerator random) {
    return count -> {
      int[] order = IN_ORDER.order(count);
      for (int i = count - 1; i > 0; i--) {
        int j = random.nextInt(i + 1);
        int kept = order[i];
        order[i] = order[j];
        order[j] = kept;
      }
      return order;
    };
  }
}
