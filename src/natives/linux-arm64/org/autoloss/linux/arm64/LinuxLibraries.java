package org.autoloss.linux.arm64;

import org.autoloss.NativeLibraries;

/** Says that this module holds native code; it lies beside this class in the jar. */
public final class LinuxLibraries implements NativeLibraries {
  /** For the module system. */
  public LinuxLibraries() {}
}
