package org.autoloss.cli;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarFile;
import java.util.stream.Stream;

/**
 * Jars and folders of users, where this thread and those that it starts find losses and factories
 * of losses until this is closed.
 */
final class Plugins implements AutoCloseable {
  private static final String JAR = ".jar";

  private final ClassLoader before = Thread.currentThread().getContextClassLoader();
  private final URLClassLoader loader;

  private Plugins(List<URL> urls) {
    loader = new URLClassLoader(urls.toArray(new URL[0]), Main.class.getClassLoader());
    Thread.currentThread().setContextClassLoader(loader);
  }

  /**
   * Opens plugins.
   *
   * @param paths jars, and folders that hold classes or jars
   * @return to be closed by this thread
   * @throws IllegalArgumentException if one is not there, or neither a jar nor a folder
   */
  static Plugins open(List<Path> paths) {
    List<URL> urls = new ArrayList<>();
    for (Path path : paths) {
      if (Files.isDirectory(path)) {
        urls.add(url(path));
        jars(path).forEach(jar -> urls.add(url(jar)));
      } else {
        requireJar(path);
        urls.add(url(path));
      }
    }
    return new Plugins(urls);
  }

  private static List<Path> jars(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(JAR)).sorted().toList();
    } catch (IOException e) {
      throw new IllegalArgumentException("--plugins: " + Failures.sentence(e), e);
    }
  }

  private static void requireJar(Path path) {
    try {
      new JarFile(path.toFile()).close();
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "--plugins: "
              + path
              + ": expected a jar or a folder, got "
              + (Files.exists(path) ? "another file" : "none; check the name"),
          e);
    }
  }

  private static URL url(Path path) {
    try {
      return path.toUri().toURL();
    } catch (MalformedURLException e) {
      throw new IllegalArgumentException("--plugins: " + path + ": expected a file, got " + e, e);
    }
  }

  @Override
  public void close() throws IOException {
    Thread.currentThread().setContextClassLoader(before);
    loader.close();
  }
}
