package org.autoloss.spark;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;

/** The jars that executors need beside Spark's own. */
final class Jars {
  private Jars() {}

  /**
   * The class path of this process, without what lies in Spark's home, which each machine of a
   * cluster has.
   *
   * @param home Spark's
   */
  static Set<Path> ofClassPath(Path home) {
    Set<Path> jars = new LinkedHashSet<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      add(Path.of(entry).toAbsolutePath().normalize(), home, jars);
    }
    return jars;
  }

  private static void add(Path jar, Path home, Set<Path> jars) {
    if (jar.startsWith(home) || !Files.isRegularFile(jar) || !jars.add(jar)) {
      return;
    }
    try (JarFile file = new JarFile(jar.toFile())) {
      Manifest manifest = file.getManifest();
      String others =
          manifest == null
              ? null
              : manifest.getMainAttributes().getValue(Attributes.Name.CLASS_PATH);
      for (String other : others == null ? new String[0] : others.strip().split(" +")) {
        add(Path.of(jar.toUri().resolve(URI.create(other))).normalize(), home, jars);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(jar + ": " + e.getMessage(), e);
    }
  }

  /** What {@code --plugins} has added; folders of classes as jars. */
  static Set<Path> ofPlugins() {
    Set<Path> jars = new LinkedHashSet<>();
    for (ClassLoader loader = Thread.currentThread().getContextClassLoader();
        loader instanceof URLClassLoader plugins
            && !loader.getClass().getName().startsWith("org.apache.spark.");
        loader = loader.getParent()) {
      for (URL url : plugins.getURLs()) {
        Path path = path(url);
        jars.add(Files.isDirectory(path) ? packed(path) : path);
      }
    }
    return jars;
  }

  private static Path path(URL url) {
    try {
      return Path.of(url.toURI());
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("plugins: expected a file, got " + url, e);
    }
  }

  private static Path packed(Path folder) {
    try {
      Path jar = Files.createTempFile("autoloss-plugin", ".jar");
      jar.toFile().deleteOnExit();
      try (OutputStream out = Files.newOutputStream(jar);
          JarOutputStream entries = new JarOutputStream(out);
          Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
          entries.putNextEntry(
              new ZipEntry(folder.relativize(file).toString().replace(File.separatorChar, '/')));
          Files.copy(file, entries);
        }
      }
      return jar;
    } catch (IOException e) {
      throw new UncheckedIOException(folder + ": " + e.getMessage(), e);
    }
  }
}
