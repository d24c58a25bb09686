package org.autoloss.loss;

import org.autoloss.NativeLossException;

/** What native code throws on the way to a GPU, as exceptions of Java. */
final class DeviceFailures {
  private static final String CUDA = "CUDA, ";
  private static final String EXPECTED = ": expected ";

  private DeviceFailures() {}

  /**
   * The exception to throw instead. JavaCPP makes a RuntimeException of whatever native code throws
   * and keeps its message, by which the two kinds are told apart.
   *
   * @param e what came out of native code
   * @return a {@link NativeLossException} for failures of the device, an {@link
   *     IllegalArgumentException} for bad arguments, anything else as it is
   */
  static RuntimeException translate(RuntimeException e) {
    String message = e.getMessage();
    if (message != null && message.startsWith(CUDA)) {
      return new NativeLossException(e);
    }
    if (message != null && e.getClass() == RuntimeException.class && message.contains(EXPECTED)) {
      return new IllegalArgumentException(message, e);
    }
    return e;
  }
}
