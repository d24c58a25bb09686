package org.autoloss.loss;

import org.bytedeco.javacpp.Pointer;

/**
 * Has the garbage collector run where results pile up that nobody closed.
 *
 * <p>A result is a few hundred bytes, but the memory allocator places it in the padding of the
 * large blocks of the backward pass, which then cannot be used again as long as it lives. A loop
 * that neither closes its results nor opens a PointerScope would grow by a gradient in each step
 * until the Java heap, which sees none of that, happens to be collected. Costs one collection for
 * each {@value #LIMIT} bytes of gradients in such a loop, nothing in others.
 */
final class LeakGuard {
  private static final long LIMIT = 256L << 20;

  private long bytes;
  private long results;
  private long liveBefore;

  /**
   * Counts a result.
   *
   * @param gradientBytes the size of its gradient
   */
  synchronized void add(long gradientBytes) {
    bytes += gradientBytes;
    results++;
    if (bytes < LIMIT) {
      return;
    }
    long live = Pointer.totalCount();
    if (live - liveBefore >= results / 2) {
      System.gc();
      live = Pointer.totalCount();
    }
    liveBefore = live;
    bytes = 0;
    results = 0;
  }
}
