package org.autoloss.storage;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.autoloss.internal.AtomicFiles;
import org.autoloss.internal.Destination;
import org.autoloss.internal.FileErrors;
import org.autoloss.internal.MissingFolders;
import org.autoloss.internal.Shell;

/**
 * A run's folder: the journal {@code run.db}, and documents, among them {@code config.json}, the
 * configuration for people. It is there with both or not at all.
 */
public final class RunFolder implements RunLog {
  private static final String CONFIGURATION = "config.json";
  private static final String VERSIONS = "versions";
  private static final Pattern OF_A_NEW_RUN =
      Pattern.compile("config\\.json|run\\.(db|db-wal|db-shm|lock)|events\\.out\\.tfevents.*");

  private final Path folder;
  private final Journal journal;

  private final RunReader reader;
  private final ObjectNode configuration;
  private final List<Consumer<List<Entry>>> listeners = new CopyOnWriteArrayList<>();

  /**
   * Work on a run.
   *
   * @param <T> what comes out
   */
  public interface Work<T> {
    /**
     * Works.
     *
     * @param log of the run; closed by the caller
     * @return what came out
     * @throws IOException if the log cannot be written
     */
    T on(RunFolder log) throws IOException;
  }

  private RunFolder(Path folder, Journal journal) throws IOException {
    this.folder = folder;
    this.journal = journal;
    reader = RunReader.open(folder);
    configuration = reader.info().configuration();
  }

  /**
   * Makes the folder of a new run.
   *
   * @param folder a path where nothing is, or an empty folder
   * @param method what kind of run, such as {@code asl}
   * @param configuration all that its results depend on
   * @return the log; the caller closes it
   * @throws IOException if the folder cannot be made
   * @throws IllegalArgumentException if something is there: no run is ever overwritten
   */
  public static RunFolder create(Path folder, String method, ObjectNode configuration)
      throws IOException {
    requireFree(folder);
    MissingFolders missing = MissingFolders.above(folder);
    Path parent = folder.toAbsolutePath().getParent();
    Path made = parent.resolve("." + folder.getFileName() + "." + UUID.randomUUID() + ".tmp");
    try {
      Files.createDirectories(made);
    } catch (IOException e) {
      throw FileErrors.unwritable(folder, e);
    }
    try {
      Journal.create(made, method, configuration).close();
      AtomicFiles.write(made.resolve(CONFIGURATION), configuration.toPrettyString() + "\n");
      Files.move(made, folder, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      deleteFolder(made);
      missing.removeEmpty();
    }
    return resume(folder);
  }

  /**
   * Makes a new run and works on it. A run that fails before anything is measured leaves no folder,
   * nor those that were made for it, so that its name can be used again; one that is interrupted
   * stays, and can be resumed.
   *
   * @param <T> what comes out
   * @param folder a path where nothing is, or an empty folder
   * @param method what kind of run, such as {@code asl}
   * @param configuration all that its results depend on
   * @param work on the run
   * @return what came out
   * @throws IOException if the folder cannot be made, or the work fails
   * @throws IllegalArgumentException if something is there: no run is ever overwritten
   */
  public static <T> T start(Path folder, String method, ObjectNode configuration, Work<T> work)
      throws IOException {
    MissingFolders missing = MissingFolders.above(folder);
    RunFolder log = create(folder, method, configuration);
    try (log) {
      return work.on(log);
    } catch (IOException | RuntimeException | Error e) {
      if (!Thread.currentThread().isInterrupted()) {
        removeUnused(folder, e);
        missing.removeEmpty();
      }
      throw e;
    }
  }

  private static void removeUnused(Path folder, Throwable reason) {
    try {
      if (isUnused(folder)) {
        deleteFolder(folder);
      }
    } catch (IOException | RuntimeException e) {
      reason.addSuppressed(e); // what the work failed by is what is to be told
    }
  }

  /** Whether it holds what a new run is made of, and nothing else. */
  private static boolean isUnused(Path folder) throws IOException {
    if (!RunReader.isRun(folder)) {
      return false;
    }
    try (RunReader reader = RunReader.open(folder)) {
      for (Stage stage : Stage.values()) {
        if (!reader.decisions(stage).isEmpty()) {
          return false;
        }
      }
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.allMatch(file -> OF_A_NEW_RUN.matcher(file.getFileName().toString()).matches());
    }
  }

  /**
   * Goes on with a run.
   *
   * @param folder of the run
   * @return the log; the caller closes it
   * @throws IOException if the folder cannot be read or written
   * @throws IllegalArgumentException if no run is there, or one of a later version
   * @throws IllegalStateException if another process goes on with it
   */
  public static RunFolder resume(Path folder) throws IOException {
    Journal journal = Journal.open(folder);
    try {
      return new RunFolder(folder, journal);
    } catch (IOException | RuntimeException e) {
      journal.close();
      throw e;
    }
  }

  /**
   * Makes a new run, or goes on with the same run, and works on it as {@link #start} does.
   *
   * @param <T> what comes out
   * @param folder a path where nothing is, an empty folder, or that of a run
   * @param method what kind of run
   * @param configuration all that its results depend on
   * @param work on the run
   * @return what came out
   * @throws IOException if the folder cannot be made, read or written, or the work fails
   * @throws IllegalArgumentException if a run of another configuration is there, or other files
   * @throws IllegalStateException if another process goes on with it
   */
  public static <T> T startOrResume(
      Path folder, String method, ObjectNode configuration, Work<T> work) throws IOException {
    requireFreeOrSame(folder, method, configuration);
    if (!RunReader.isRun(folder)) {
      return start(folder, method, configuration, work);
    }
    try (RunFolder log = resume(folder)) {
      return work.on(log);
    }
  }

  /**
   * Makes the folder of a new run, or goes on with the same run.
   *
   * @param folder a path where nothing is, an empty folder, or that of a run
   * @param method what kind of run
   * @param configuration all that its results depend on
   * @return the log; the caller closes it
   * @throws IOException if the folder cannot be made, read or written
   * @throws IllegalArgumentException if a run of another configuration is there, or other files
   * @throws IllegalStateException if another process goes on with it
   */
  public static RunFolder open(Path folder, String method, ObjectNode configuration)
      throws IOException {
    requireFreeOrSame(folder, method, configuration);
    return RunReader.isRun(folder) ? resume(folder) : create(folder, method, configuration);
  }

  /**
   * Says whether a new run can be made, before any work for it is done.
   *
   * @param folder the run's
   * @throws IOException if it cannot be made; the message names it
   * @throws IllegalArgumentException if something is there
   */
  public static void requireFree(Path folder) throws IOException {
    Destination.requireFolder("run", folder);
    Destination.requireNewFolder(
        "run",
        folder,
        "give the run another name, or move the folder away"
            + (RunReader.isRun(folder)
                ? ", or go on with it: autoloss search resume " + Shell.word(folder)
                : ""));
  }

  /**
   * Says whether a run can be made or gone on with, before any work for it is done.
   *
   * @param folder the run's
   * @param method what kind of run
   * @param configuration all that its results depend on
   * @throws IOException if it cannot be made or read
   * @throws IllegalArgumentException if a run of another configuration is there, or other files
   */
  public static void requireFreeOrSame(Path folder, String method, ObjectNode configuration)
      throws IOException {
    if (!RunReader.isRun(folder)) {
      requireFree(folder);
      return;
    }
    try (RunReader reader = RunReader.open(folder)) {
      RunInfo info = reader.info();
      if (!info.method().equals(method) || !same(info.configuration(), configuration)) {
        throw new IllegalArgumentException(
            folder
                + ": expected the options of the run that is there, got others; give this run"
                + " another folder, or repeat the options");
      }
    }
  }

  // By their text: a number that was read back may be of another type.
  private static boolean same(ObjectNode one, ObjectNode other) {
    return withoutVersions(one).equals(withoutVersions(other));
  }

  private static String withoutVersions(ObjectNode configuration) {
    ObjectNode copy = configuration.deepCopy();
    copy.remove(VERSIONS);
    return copy.toString();
  }

  @Override
  public List<Entry> find(Stage stage, int step, int sample) throws IOException {
    return journal.find(stage, step, sample);
  }

  @Override
  public synchronized List<Entry> entries(Stage stage) throws IOException {
    return reader.entries(stage);
  }

  @Override
  public synchronized Map<String, Long> decisions(Stage stage) throws IOException {
    return reader.decisions(stage);
  }

  @Override
  public void add(List<Entry> entries) throws IOException {
    journal.add(entries);
    listeners.forEach(listener -> listener.accept(entries));
  }

  @Override
  public ObjectNode configuration() {
    return configuration.deepCopy();
  }

  @Override
  public synchronized List<Written> written(Stage stage) throws IOException {
    return reader.written(stage);
  }

  @Override
  public void listen(Consumer<List<Entry>> listener) {
    listeners.add(listener);
  }

  @Override
  public synchronized RunInfo info() throws IOException {
    return reader.info();
  }

  @Override
  public void reopen() throws IOException {
    journal.reopen();
  }

  @Override
  public void begin(int workers, ObjectNode versions) throws IOException {
    journal.begin(workers, versions);
  }

  @Override
  public double seconds() {
    return journal.seconds();
  }

  @Override
  public synchronized List<Event> events() throws IOException {
    return reader.events();
  }

  @Override
  public void event(String kind, ObjectNode detail) throws IOException {
    journal.event(kind, detail);
  }

  @Override
  public void complete() throws IOException {
    journal.complete();
  }

  @Override
  public void diverged() throws IOException {
    journal.diverged();
  }

  @Override
  public void write(String name, String content) throws IOException {
    journal.requireThere();
    AtomicFiles.write(path(name), content);
  }

  @Override
  public Path path(String name) {
    return folder.resolve(name);
  }

  @Override
  public synchronized void close() throws IOException {
    try (journal) {
      reader.close();
    }
  }

  private static void deleteFolder(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> files = Files.list(folder)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(folder);
    }
  }
}
