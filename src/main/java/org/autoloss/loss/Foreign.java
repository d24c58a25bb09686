package org.autoloss.loss;

import java.util.function.Supplier;
import org.autoloss.NativeLossException;
import org.autoloss.internal.Excerpt;

/** Calls of code that somebody else wrote: whatever it throws becomes a sentence that names it. */
final class Foreign {
  private static final String OURS = "org.autoloss.";

  private Foreign() {}

  /** Whether a class is not of this library. */
  static boolean is(Class<?> type) {
    return type.getClassLoader() != Loss.class.getClassLoader() || !type.getName().startsWith(OURS);
  }

  /**
   * Calls a method.
   *
   * @param object whose method it is
   * @param method its name, for messages
   * @param call calls it
   * @return what it returned
   * @throws IllegalStateException if it threw something that says nothing about arguments or state
   */
  static <T> T call(Object object, String method, Supplier<T> call) {
    try {
      return call.get();
    } catch (IllegalArgumentException | IllegalStateException | NativeLossException e) {
      if (e.getMessage() != null) {
        throw e; // as the contract of a loss has it
      }
      throw failed(object, method, e);
    } catch (OutOfMemoryError e) {
      throw e; // seldom the fault of the code that throws it
    } catch (RuntimeException | Error e) {
      throw failed(object, method, e);
    }
  }

  /** What was thrown, on one line: native code puts a stack trace into its messages. */
  static String described(Throwable e) {
    return Excerpt.firstLine(e.toString());
  }

  /** A method that did not do as its interface says. */
  static IllegalStateException wrong(Object object, String method, String expected, String got) {
    return new IllegalStateException(
        object.getClass().getName()
            + ": expected "
            + method
            + " to return "
            + expected
            + ", got "
            + got);
  }

  private static IllegalStateException failed(Object object, String method, Throwable e) {
    return new IllegalStateException(
        object.getClass().getName()
            + ": expected "
            + method
            + " to return, got "
            + described(e)
            + " (JAVA_OPTS=-Dautoloss.stacktrace=true shows where)",
        e);
  }
}
