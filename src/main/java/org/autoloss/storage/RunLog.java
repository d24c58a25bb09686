package org.autoloss.storage;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Where a run's results go as they come, and are found again. Thread-safe. */
public interface RunLog extends Closeable {
  /**
   * The results at a place, written now or before an interruption.
   *
   * @param stage see {@link Stage}
   * @param step see {@link Stage}
   * @param sample see {@link Stage}
   * @return one for each candidate that was there, in the order in which they were written
   * @throws IOException if they cannot be read
   */
  List<Entry> find(Stage stage, int step, int sample) throws IOException;

  /**
   * All results of a stage, written now or before an interruption.
   *
   * @param stage which
   * @return by step and sample
   * @throws IOException if they cannot be read
   */
  List<Entry> entries(Stage stage) throws IOException;

  /**
   * How many results of a stage met which decision; of explored losses, how many losses.
   *
   * @param stage which
   * @return by decision
   * @throws IOException if they cannot be read
   */
  Map<String, Long> decisions(Stage stage) throws IOException;

  /**
   * All results of a stage and when they were written.
   *
   * @param stage which
   * @return in the order in which they were written
   * @throws IOException if they cannot be read
   */
  List<Written> written(Stage stage) throws IOException;

  /**
   * Tells of results that are added from now on, once they are on disk: views of the run are kept
   * up to date by it.
   *
   * @param listener called by the thread that adds
   */
  void listen(Consumer<List<Entry>> listener);

  /**
   * What the run is, and how it stands.
   *
   * @return as of now
   * @throws IOException if it cannot be read
   */
  RunInfo info() throws IOException;

  /**
   * Says that the run, which was complete, goes on.
   *
   * @throws IOException if it cannot be written
   */
  void reopen() throws IOException;

  /**
   * Adds results; they are on disk when this returns, all or none.
   *
   * @param entries results; those that are there already are not added again
   * @throws IOException if they cannot be written
   */
  void add(List<Entry> entries) throws IOException;

  /**
   * All that the results depend on.
   *
   * @return as it was when the run began
   */
  ObjectNode configuration();

  /**
   * Begins a session, a time in which a process goes on with the run.
   *
   * @param workers who train
   * @param versions of what computes
   * @throws IOException if it cannot be written
   */
  void begin(int workers, ObjectNode versions) throws IOException;

  /**
   * How long processes have gone on with the run.
   *
   * @return seconds of all sessions
   */
  double seconds();

  /**
   * What has happened to the run.
   *
   * @return in order
   * @throws IOException if it cannot be read
   */
  List<Event> events() throws IOException;

  /**
   * Adds what happened to the run; it is on disk when this returns.
   *
   * @param kind for example {@code started}
   * @param detail one JSON object
   * @throws IOException if it cannot be written
   */
  void event(String kind, ObjectNode detail) throws IOException;

  /**
   * Says that the run is complete.
   *
   * @throws IOException if it cannot be written
   */
  void complete() throws IOException;

  /**
   * Says that the run came to its end without a result, for all that it trained diverged.
   *
   * @throws IOException if it cannot be written
   */
  void diverged() throws IOException;

  /**
   * Writes a document, whole or not at all.
   *
   * @param name its file name
   * @param content replaces what the document held
   * @throws IOException if it cannot be written
   */
  void write(String name, String content) throws IOException;

  /**
   * Writes a JSON document, whole or not at all.
   *
   * @param name its file name
   * @param content replaces what the document held
   * @throws IOException if it cannot be written
   */
  default void write(String name, ObjectNode content) throws IOException {
    write(name, content.toPrettyString() + "\n");
  }

  /**
   * Where a document of the run lies.
   *
   * @param name its file name
   * @return a path in the run's folder
   */
  Path path(String name);
}
