package org.autoloss.loss;

import org.autoloss.NativeLossException;

/** What native code throws on the way to a GPU, as exceptions of Java. */
final class DeviceFailures {
  private static final String CUDA = "CUDA, ";
  private static final String EXPECTED = ": expected ";

  private DeviceFailures() {}

  /**
   * What native code threw, as an exception of ours.
   *
   * <p>JavaCPP makes a RuntimeException of whatever native code throws and keeps its message, by
   * which failures of the device and bad arguments are told apart.
   *
   * @param e what JavaCPP made
   * @return a NativeLossException, an IllegalArgumentException, or what was given
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
