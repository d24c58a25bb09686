package org.autoloss.internal;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.bytedeco.javacpp.Loader;

/** Loads libtorch in the one order that works everywhere. */
public final class Libtorch {
  static {
    // All of libtorch goes into JavaCPP's cache before any of it is loaded. Otherwise, on an empty
    // cache,
    // dlopen("libtorch.so") finds a libtorch_cpu.so that the system has (Debian's python3-torch),
    // the
    // bundled one is loaded later beside it, and the JVM dies with SIGSEGV.
    try {
      for (String extension : new String[] {"", "-gpu"}) {
        Loader.cacheResources("/org/bytedeco/pytorch/" + Loader.getPlatform() + extension);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot unpack libtorch into JavaCPP's cache", e);
    }
  }

  private Libtorch() {}

  /**
   * Makes libtorch ready. Call it before the first use of a class of {@code org.bytedeco.pytorch}.
   */
  public static void load() {
    // the static initialiser has done it
  }
}
