package org.autoloss.internal;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.bytedeco.javacpp.Loader;

/** Why native libraries cannot be loaded, and what to do about it, in a sentence. */
final class NativeFailure {
  /** How JavaCPP says that a library is in no jar; its name follows. */
  static final String NOT_FOUND = "Could not find jni";

  private static final String LIBTORCH = "org.bytedeco:pytorch";
  private static final String ARM64 = "linux-arm64"; // for which Bytedeco has no libtorch

  private static final String CACHE = "-Dorg.bytedeco.javacpp.cachedir";

  /** The beginnings of libraries' names, and the artefacts whose jars hold them. */
  private static final Map<String, String> JARS =
      Map.of(
          "ops", "org.autoloss:autoloss",
          "javacpp", "org.bytedeco:javacpp",
          "Pointer", "org.bytedeco:javacpp",
          "openblas", "org.bytedeco:openblas",
          "torch", LIBTORCH);

  private NativeFailure() {}

  static IllegalStateException explained(Throwable failure) {
    if (failure instanceof IllegalStateException said) {
      return said;
    }
    if (failure instanceof VirtualMachineError error) {
      throw error;
    }
    return new IllegalStateException("native libraries: " + sentence(failure), failure);
  }

  private static String sentence(Throwable failure) {
    String last = failure.toString();
    for (Throwable e = failure; e != null; e = e.getCause()) {
      String message = e.getMessage() == null ? e.toString() : e.getMessage();
      if (forbidsExecution(message)) {
        return "expected a cache from which they can be loaded, got "
            + cache()
            + ", which forbids it (is it mounted noexec?); name another folder with "
            + CACHE;
      }
      if (e instanceof IOException) {
        return FileErrors.unwritable(Path.of(cache()), (IOException) e).getMessage()
            + ", or name another folder with "
            + CACHE;
      }
      if (message.startsWith(NOT_FOUND)) {
        return missing(message.substring(NOT_FOUND.length()), Loader.getPlatform());
      }
      last = message;
    }
    return "expected ones that this machine can load, got '"
        + Excerpt.firstLine(last)
        + "'; autoloss doctor says what the machine has";
  }

  /** What the system's linker says of a file that it may read but not execute. */
  static boolean forbidsExecution(String message) {
    return message.contains("failed to map segment") || message.contains("Operation not permitted");
  }

  /** Of what is in no jar on the class path. */
  static String missing(String library, String platform) {
    String jar =
        JARS.entrySet().stream()
            .filter(entry -> library.startsWith(entry.getKey()))
            .map(Map.Entry::getValue)
            .findFirst()
            .orElse(library.split(" ")[0]);
    String wanted =
        "expected those of " + jar + " for " + platform + " on the class path, got none";
    if (jar.equals(LIBTORCH) && platform.equals(ARM64)) {
      return wanted
          + "; there are none for it, so tensors and networks need another machine, losses and"
          + " metrics on arrays do not";
    }
    return wanted + "; add the dependency " + jar + " with the classifier " + platform;
  }

  private static String cache() {
    try {
      return Loader.getCacheDir().toString();
    } catch (IOException e) {
      return "JavaCPP's cache";
    }
  }
}
