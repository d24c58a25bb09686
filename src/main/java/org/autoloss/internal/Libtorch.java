package org.autoloss.internal;

/** Makes libtorch ready in the one order that works everywhere. */
public final class Libtorch {
  private Libtorch() {}

  /**
   * Makes libtorch ready. Called before the first use of a class of {@code org.bytedeco.pytorch},
   * but not where a user hands over an object of one.
   *
   * @throws IllegalStateException if it cannot be loaded; the message says why, and what to do
   */
  public static void load() {
    Natives.loadLibtorch();
  }
}
