package org.autoloss;

/**
 * A GPU or its driver has refused something: out of memory, a lost device, a launch that failed.
 * The message has CUDA's own words, and the name and number of its error. The process goes on, and
 * so do the CPU's kernels; after an error of a kernel, CUDA itself may refuse all further work.
 */
public final class NativeLossException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * An exception with the message of its cause.
   *
   * @param cause what native code has thrown
   */
  public NativeLossException(RuntimeException cause) {
    super(cause.getMessage(), cause);
  }
}
