package org.autoloss.internal;

import java.io.IOException;
import org.autoloss.global.ops;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch;

/**
 * Loads native libraries before their first use.
 *
 * <p>Classes of native code load their library when they are first used. If that fails, the class
 * is lost to the process; and it fails on a thread that is interrupted, as the locks of JavaCPP's
 * cache do. So it happens here, on a thread that nobody interrupts, and what fails is said in a
 * sentence.
 */
public final class Natives {
  private static final String MEMORY = "org.bytedeco.javacpp.Pointer";
  private static final String KERNELS = "org.autoloss.global.ops";
  private static final String TORCH = "org.bytedeco.pytorch.global.torch";

  private static final Once KERNELS_READY = new Once(Natives::loadMemoryAndKernels);
  private static final Once TORCH_READY = new Once(Natives::loadTorch);

  private Natives() {}

  /**
   * Makes our kernels ready, and unpacks libtorch, so that a user's first call of it finds the one
   * that is meant. Costs nothing once that is done.
   *
   * @throws IllegalStateException if they cannot be loaded; the message says why, and what to do
   */
  public static void loadKernels() {
    KERNELS_READY.run();
  }

  /**
   * Makes libtorch ready, and our kernels.
   *
   * @throws IllegalStateException if they cannot be loaded; the message says why, and what to do
   */
  static void loadLibtorch() {
    KERNELS_READY.run();
    TORCH_READY.run();
  }

  private static Void loadMemoryAndKernels() throws Exception {
    unpackLibtorch();
    load(MEMORY);
    return load(KERNELS);
  }

  private static Void loadTorch() throws ClassNotFoundException {
    load(TORCH);
    if (ops.hides_caches()) {
      // NNPACK would refuse, and say so at each convolution that it is asked for.
      torch.globalContext().setUserEnabledNNPACK(false);
    }
    return null;
  }

  // All of libtorch goes into JavaCPP's cache before any of it is loaded. Otherwise, on an empty
  // cache, dlopen("libtorch.so") finds a libtorch_cpu.so that the system has (Debian's
  // python3-torch), the bundled one is loaded later beside it, and the JVM dies with SIGSEGV.
  private static void unpackLibtorch() throws IOException {
    for (String extension : new String[] {"", "-gpu"}) {
      Loader.cacheResources("/org/bytedeco/pytorch/" + Loader.getPlatform() + extension);
    }
  }

  // Some classes go on without their library; the loader then says nothing, and has no file.
  private static Void load(String name) throws ClassNotFoundException {
    Class<?> type = Class.forName(name, true, Natives.class.getClassLoader());
    if (Loader.load(type) == null && Loader.isLoadLibraries()) {
      throw new UnsatisfiedLinkError(NativeFailure.NOT_FOUND + type.getSimpleName());
    }
    return null;
  }
}
