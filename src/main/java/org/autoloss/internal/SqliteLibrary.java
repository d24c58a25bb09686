package org.autoloss.internal;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import org.bytedeco.javacpp.Loader;
import org.sqlite.SQLiteJDBCLoader;
import org.sqlite.util.LibraryLoaderUtil;

/**
 * Loads the native part of sqlite-jdbc. Its own loader unpacks it into the temporary folder, where
 * it stays if the process is killed; here it is deleted as soon as it is loaded.
 */
public final class SqliteLibrary {
  private static final String FOLDER = "org.sqlite.tmpdir";
  private static final String PATH = "org.sqlite.lib.path";
  private static final String NAME = "org.sqlite.lib.name";

  private static final Once READY = new Once(SqliteLibrary::loadFromSomeFolder);

  private SqliteLibrary() {}

  /**
   * Makes SQLite ready.
   *
   * @throws IllegalStateException if it cannot be loaded; the message says why, and what to do
   */
  public static void load() {
    READY.run();
  }

  private static Void loadFromSomeFolder() throws Exception {
    if (System.getProperty(PATH) != null) {
      SQLiteJDBCLoader.initialize(); // the user's own
      return null;
    }
    List<Path> folders = folders();
    for (Path folder : folders) {
      if (isLoadedFrom(folder)) {
        return null;
      }
    }
    throw new IllegalStateException(
        "SQLite: expected a folder from which its library can be loaded, got "
            + folders.stream().map(Path::toString).collect(Collectors.joining(" and "))
            + ", which cannot be written or forbids it (is it mounted noexec?); name another folder"
            + " with -D"
            + FOLDER);
  }

  private static List<Path> folders() {
    if (System.getProperty(FOLDER) != null) {
      return List.of(Path.of(System.getProperty(FOLDER)));
    }
    List<Path> folders = new ArrayList<>();
    folders.add(Path.of(System.getProperty("java.io.tmpdir")));
    try {
      folders.add(Loader.getCacheDir().toPath());
    } catch (IOException e) {
      // There is none.
    }
    return folders;
  }

  private static boolean isLoadedFrom(Path folder) {
    // It logs a stack trace for each folder that will not do, also where another one will.
    Logger logger = Logger.getLogger(SQLiteJDBCLoader.class.getName());
    Level level = logger.getLevel();
    logger.setLevel(Level.OFF);
    try {
      return isLoaded(folder);
    } finally {
      logger.setLevel(level);
    }
  }

  private static boolean isLoaded(Path folder) {
    String library = LibraryLoaderUtil.getNativeLibName();
    String resource = LibraryLoaderUtil.getNativeLibResourcePath() + "/" + library;
    try (InputStream in = SQLiteJDBCLoader.class.getResourceAsStream(resource);
        TemporaryFile file = TemporaryFile.beside(folder.toAbsolutePath().resolve(library))) {
      OutputStream out = Channels.newOutputStream(file.channel());
      in.transferTo(out);
      System.setProperty(PATH, file.path().getParent().toString());
      System.setProperty(NAME, file.path().getFileName().toString());
      return SQLiteJDBCLoader.initialize();
    } catch (Exception e) {
      return false; // it says no more than that
    } finally {
      System.clearProperty(PATH);
      System.clearProperty(NAME);
    }
  }
}
