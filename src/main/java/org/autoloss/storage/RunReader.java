package org.autoloss.storage;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.autoloss.internal.Display;
import org.autoloss.internal.Json;

/**
 * Reads a run, also while another process goes on with it: each call sees all that was written
 * before it. Runs of earlier schema versions are read as they are. Not thread-safe.
 */
public final class RunReader implements Closeable {
  // How a run ended, in its database; anything else is a run that did not end.
  static final String COMPLETE = "complete";
  static final String DIVERGED = "diverged";

  private final Path folder;
  private final Path file;
  private final Connection connection;

  private RunReader(Path folder, Path file, Connection connection) {
    this.folder = folder;
    this.file = file;
    this.connection = connection;
  }

  /**
   * Opens a run.
   *
   * @param folder the run's
   * @return a reader; the caller closes it
   * @throws IOException if its database cannot be read
   * @throws IllegalArgumentException if the folder holds no run, or a later version has made it
   */
  public static RunReader open(Path folder) throws IOException {
    requireRun(folder);
    Path file = folder.resolve(Journal.FILE);
    Connection connection = Database.read(file);
    try {
      Schema.requireKnown(connection, file);
      return new RunReader(folder, file, connection);
    } catch (SQLException e) {
      close(connection);
      throw Database.explain(file, e);
    } catch (IllegalArgumentException e) {
      close(connection);
      throw e;
    }
  }

  /**
   * Whether a folder holds a run.
   *
   * @param folder any path
   * @return true if a run's database is in it
   */
  public static boolean isRun(Path folder) {
    return Files.isRegularFile(folder.resolve(Journal.FILE));
  }

  static void requireRun(Path folder) {
    if (!isRun(folder)) {
      throw new IllegalArgumentException(
          folder
              + ": expected the folder of a run, got "
              + whatIsThere(folder)
              + "; list the runs with: autoloss runs list");
    }
  }

  private static String whatIsThere(Path folder) {
    if (Files.isDirectory(folder)) {
      return "one without " + Journal.FILE;
    }
    return Files.exists(folder) ? "a file" : "none";
  }

  /**
   * What the run is, and how it stands.
   *
   * @return as of now
   * @throws IOException if the database cannot be read
   */
  public RunInfo info() throws IOException {
    try (PreparedStatement query = connection.prepareStatement("SELECT * FROM run");
        ResultSet row = query.executeQuery()) {
      if (!row.next()) {
        throw new IllegalArgumentException(
            file + ": expected the description of a run, got none; start the run again");
      }
      return new RunInfo(
          row.getString("method"),
          json(row.getString("configuration")),
          status(row.getString("status")),
          Instant.ofEpochMilli(row.getLong("created")),
          Schema.version(connection));
    } catch (SQLException e) {
      throw Database.explain(file, e);
    }
  }

  private RunInfo.Status status(String stored) {
    if (COMPLETE.equals(stored)) {
      return RunInfo.Status.COMPLETE;
    }
    if (WriteLock.isTaken(folder)) {
      return RunInfo.Status.RUNNING;
    }
    return DIVERGED.equals(stored) ? RunInfo.Status.DIVERGED : RunInfo.Status.INTERRUPTED;
  }

  /**
   * The entries of a stage.
   *
   * @param stage which
   * @return by step and sample
   * @throws IOException if the database cannot be read
   */
  public List<Entry> entries(Stage stage) throws IOException {
    List<Entry> entries = new ArrayList<>();
    forEach(stage, entries::add);
    return entries;
  }

  /**
   * Passes the entries of a stage on, one by one: the explored losses of a long search do not fit
   * into memory.
   *
   * @param stage which
   * @param action receives them them by step and sample
   * @throws IOException if the database cannot be read
   */
  public void forEach(Stage stage, Consumer<Entry> action) throws IOException {
    // In the order of the key, so that nothing is sorted.
    try (PreparedStatement query =
        connection.prepareStatement(Rows.SELECT + " ORDER BY step, sample, digest")) {
      query.setString(1, stage.label());
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          action.accept(entry(rows));
        }
      }
    } catch (SQLException e) {
      throw Database.explain(file, e);
    }
  }

  /**
   * The entries of a stage and when they were written.
   *
   * @param stage which
   * @return in the order in which they were written
   * @throws IOException if the database cannot be read
   */
  public List<Written> written(Stage stage) throws IOException {
    try (PreparedStatement query =
        connection.prepareStatement(Rows.SELECT + " ORDER BY written, step, sample, digest")) {
      query.setString(1, stage.label());
      List<Written> written = new ArrayList<>();
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          written.add(new Written(entry(rows), Instant.ofEpochMilli(rows.getLong("written"))));
        }
      }
      return written;
    } catch (SQLException e) {
      throw Database.explain(file, e);
    }
  }

  /**
   * The times in which processes went on with the run.
   *
   * @return in order; empty for a run of schema version 1, which did not keep them
   * @throws IOException if the database cannot be read
   */
  public List<Session> sessions() throws IOException {
    try {
      if (Schema.version(connection) < 2) {
        return List.of();
      }
      List<Session> sessions = new ArrayList<>();
      try (PreparedStatement query =
              connection.prepareStatement(
                  "SELECT workers, versions, started, seconds FROM sessions ORDER BY id");
          ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          sessions.add(
              new Session(
                  rows.getInt(1),
                  json(rows.getString(2)),
                  Instant.ofEpochMilli(rows.getLong(3)),
                  rows.getDouble(4)));
        }
      }
      return sessions;
    } catch (SQLException e) {
      throw Database.explain(file, e);
    }
  }

  /**
   * How many entries of a stage met which decision; of explored losses, how many losses.
   *
   * @param stage which
   * @return by decision, in alphabetical order
   * @throws IOException if the database cannot be read
   */
  public Map<String, Long> decisions(Stage stage) throws IOException {
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT decision, count(*) FROM entries WHERE stage = ?"
                + " GROUP BY decision ORDER BY decision")) {
      query.setString(1, stage.label());
      Map<String, Long> counts = new LinkedHashMap<>();
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          counts.put(rows.getString(1), rows.getLong(2));
        }
      }
      // A run of an earlier version that was resumed has both: the blocks then count all.
      return counts.containsKey(Stage.BLOCK) ? fates(stage) : counts;
    } catch (SQLException e) {
      throw Database.explain(file, e);
    }
  }

  private Map<String, Long> fates(Stage stage) throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement(Rows.SELECT + " AND decision = '" + Stage.BLOCK + "'")) {
      query.setString(1, stage.label());
      Map<String, Long> counts = new TreeMap<>();
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          Rows.read(rows)
              .outcome()
              .metrics()
              .forEach((fate, losses) -> counts.merge(fate, losses.longValue(), Long::sum));
        }
      }
      return counts;
    }
  }

  /**
   * What happened to the run.
   *
   * @return in order
   * @throws IOException if the database cannot be read
   */
  public List<Event> events() throws IOException {
    try (PreparedStatement query =
            connection.prepareStatement("SELECT kind, detail, written FROM events ORDER BY id");
        ResultSet rows = query.executeQuery()) {
      List<Event> events = new ArrayList<>();
      while (rows.next()) {
        Instant written = Instant.ofEpochMilli(rows.getLong(3));
        events.add(new Event(rows.getString(1), json(rows.getString(2)), written));
      }
      return events;
    } catch (SQLException e) {
      throw Database.explain(file, e);
    }
  }

  private Entry entry(ResultSet row) throws SQLException {
    try {
      return Rows.read(row);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          file + ": " + e.getMessage() + "; restore it from a copy", e);
    }
  }

  private ObjectNode json(String text) {
    try {
      if (text != null && Json.MAPPER.readTree(text) instanceof ObjectNode object) {
        return object;
      }
      throw damaged(text, null);
    } catch (JsonProcessingException e) {
      throw damaged(text, e);
    }
  }

  private IllegalArgumentException damaged(String text, Exception cause) {
    return new IllegalArgumentException(
        file
            + ": expected a JSON object, got '"
            + Display.shortened(String.valueOf(text))
            + "'; restore it from a copy",
        cause);
  }

  @Override
  public void close() throws IOException {
    try {
      connection.close();
    } catch (SQLException e) {
      throw Database.explain(file, e);
    }
  }

  private static void close(Connection connection) {
    try {
      connection.close();
    } catch (SQLException e) {
      // The reason why it is closed is told; this one would hide it.
    }
  }
}
