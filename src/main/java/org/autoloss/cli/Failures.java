package org.autoloss.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import org.autoloss.NativeLossException;
import org.autoloss.internal.Display;
import org.autoloss.internal.Excerpt;
import org.autoloss.internal.FileErrors;

/** What a command says when it fails: one sentence, whatever was thrown. */
final class Failures {
  private static final int LONGEST = 4_000;

  private Failures() {}

  /** Whether it is for the user to mend; anything else is a defect of ours. */
  static boolean expected(Throwable e) {
    return e instanceof IllegalArgumentException
        || e instanceof IllegalStateException
        || e instanceof NativeLossException
        || e instanceof IOException
        || e instanceof UncheckedIOException
        || e instanceof DirectoryIteratorException
        || e instanceof LinkageError
        || e instanceof VirtualMachineError;
  }

  /** One sentence on one line. */
  static String sentence(Throwable e) {
    String sentence = whole(e);
    int half = LONGEST / 2;
    return sentence.length() <= LONGEST
        ? sentence
        : sentence.substring(0, half) + " ... " + sentence.substring(sentence.length() - half);
  }

  private static String whole(Throwable e) {
    if (e instanceof FileSystemException file) {
      return FileErrors.sentence(file);
    }
    if (e instanceof InvalidPathException path) {
      return FileNames.sentence(path);
    }
    if (saysNothingOfItsOwn(e)) {
      return whole(e.getCause());
    }
    if (e instanceof OutOfMemoryError) {
      return "memory: expected enough for this, got less ("
          + e.getMessage()
          + "); give Java more (JAVA_OPTS=-Xmx8g), or take smaller files, batches or crops";
    }
    if (e instanceof StackOverflowError) {
      return "input: expected one that is less deeply nested, got one that exhausts the stack";
    }
    if (e instanceof LinkageError) {
      return "class path: expected classes and libraries that fit together, got "
          + Excerpt.firstLine(e.toString())
          + "; build or install again, or see to the jars of --plugins";
    }
    String said = e.getMessage() == null ? "" : oneLine(e);
    return said.isEmpty() ? e.toString() : said;
  }

  /** Names of files may hold line breaks; behind one in other messages is a trace or a source. */
  private static String oneLine(Throwable e) {
    boolean ours = e instanceof IllegalArgumentException || e instanceof IllegalStateException;
    return ours ? Display.line(e.getMessage()) : Excerpt.firstLine(e.getMessage());
  }

  /** Wrapped around another one, without a word more. */
  private static boolean saysNothingOfItsOwn(Throwable e) {
    Throwable cause = e.getCause();
    return cause != null
        && (e.getMessage() == null
            || e.getMessage().equals(cause.toString())
            || e.getMessage().equals(cause.getMessage())
            || e instanceof ExceptionInInitializerError);
  }
}
