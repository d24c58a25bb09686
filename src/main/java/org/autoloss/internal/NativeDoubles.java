package org.autoloss.internal;

import java.nio.DoubleBuffer;
import org.bytedeco.javacpp.DoublePointer;

/**
 * Numbers for one native call, in memory that each thread keeps.
 *
 * <p>Memory of each loss's own would be a small block between large ones: the allocator could not
 * put those together again until the garbage collector has come by.
 */
public final class NativeDoubles {
  private static final int LEAST = 128;

  private static final ThreadLocal<NativeDoubles> OWN =
      ThreadLocal.withInitial(() -> new NativeDoubles(LEAST));

  private final DoublePointer memory;
  private final DoubleBuffer numbers;

  private NativeDoubles(int capacity) {
    memory = new DoublePointer(capacity);
    memory.retainReference(); // outlives the scope of whoever comes first
    numbers = memory.asBuffer();
  }

  /**
   * A copy of some numbers. Good until the thread asks again.
   *
   * @param values any number of them
   * @return where they are; there may be room behind them
   */
  public static DoublePointer of(double[] values) {
    NativeDoubles own = OWN.get();
    if (own.numbers.capacity() < values.length) {
      own = new NativeDoubles(values.length);
      OWN.set(own);
    }
    for (int i = 0; i < values.length; i++) {
      own.numbers.put(i, values[i]);
    }
    return own.memory;
  }
}
