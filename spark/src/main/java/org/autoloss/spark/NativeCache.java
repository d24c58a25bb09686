package org.autoloss.spark;

import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.autoloss.storage.Versions;
import org.bytedeco.javacpp.Loader;

/**
 * The folder where JavaCPP unpacks native libraries, which all processes of a user on a host share:
 * those that begin at the same moment would write the same files (javacpp issue 608), so one at a
 * time loads them.
 */
final class NativeCache {
  private static boolean filled;

  private NativeCache() {}

  /** Loads the native libraries, once in a process. */
  static synchronized void fill() throws IOException {
    if (filled) {
      return;
    }
    File folder = Loader.getCacheDir();
    if (folder == null) {
      Versions.toJson(); // JavaCPP says what is wrong
      return;
    }
    Path file = folder.toPath().resolve("autoloss.lock");
    try (FileChannel channel =
            FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = channel.lock()) {
      Versions.toJson();
      filled = true;
    }
  }
}
