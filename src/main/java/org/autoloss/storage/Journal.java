package org.autoloss.storage;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * The writer of a run's database. Thread-safe; while one is open, no other process and no other
 * part of this one can open another for the same run.
 *
 * <p>Only additions: an entry whose address is taken is not written again, so that a run that is
 * gone through once more leaves what it left before.
 */
public final class Journal implements Closeable {
  /** The database's name in the run's folder. */
  public static final String FILE = "run.db";

  private final Path file;
  private final WriteLock lock;
  private final Connection connection;
  private final Object identity;
  private long session;
  private double before;
  private long start;

  private Journal(Path file, WriteLock lock, Connection connection) throws IOException {
    this.file = file;
    this.lock = lock;
    this.connection = connection;
    identity = identity(file);
  }

  /**
   * Makes the journal of a new run.
   *
   * @param folder the run's, which exists and has no journal
   * @param method what kind of run, such as {@code asl}
   * @param configuration all that its results depend on
   * @return the journal; the caller closes it
   * @throws IOException if it cannot be written
   * @throws IllegalStateException if another process writes to the run
   */
  public static Journal create(Path folder, String method, ObjectNode configuration)
      throws IOException {
    Journal journal = connect(folder);
    try {
      journal.describe(method, configuration);
      return journal;
    } catch (IOException e) {
      journal.close();
      throw e;
    }
  }

  /**
   * Goes on with a run's journal, and brings its schema to the present version.
   *
   * @param folder the run's
   * @return the journal; the caller closes it
   * @throws IOException if it cannot be read or written
   * @throws IllegalArgumentException if there is no journal, or a later version has made it
   * @throws IllegalStateException if another process writes to the run
   */
  public static Journal open(Path folder) throws IOException {
    RunReader.requireRun(folder);
    return connect(folder);
  }

  private static Journal connect(Path folder) throws IOException {
    Path file = folder.resolve(FILE);
    WriteLock lock = WriteLock.take(folder);
    try {
      Connection connection = Database.write(file);
      try {
        Schema.migrate(connection, file);
        return new Journal(file, lock, connection);
      } catch (IOException | SQLException | IllegalArgumentException e) {
        connection.close();
        throw e;
      }
    } catch (SQLException e) {
      lock.close();
      throw Database.explain(file, e);
    } catch (IOException | IllegalArgumentException e) {
      lock.close();
      throw e;
    }
  }

  private void describe(String method, ObjectNode configuration) throws IOException {
    transaction(
        c -> {
          try (PreparedStatement insert =
              c.prepareStatement(
                  "INSERT INTO run (id, method, configuration, status, created)"
                      + " VALUES (1, ?, ?, 'open', ?)")) {
            insert.setString(1, method);
            insert.setString(2, configuration.toString());
            insert.setLong(3, System.currentTimeMillis());
            return insert.executeUpdate();
          }
        });
  }

  /**
   * The entries at a place, of whatever candidates.
   *
   * @param stage their stage
   * @param step their step
   * @param sample their sample
   * @return in the order in which they were written
   * @throws IOException if the database cannot be read
   */
  public List<Entry> find(Stage stage, int step, int sample) throws IOException {
    return access(
        c -> {
          String where = " AND step = ? AND sample = ?";
          try (PreparedStatement query = c.prepareStatement(Rows.SELECT + where + Rows.ORDER)) {
            query.setString(1, stage.label());
            query.setInt(2, step);
            query.setInt(3, sample);
            try (ResultSet rows = query.executeQuery()) {
              List<Entry> entries = new ArrayList<>();
              while (rows.next()) {
                entries.add(Rows.read(rows));
              }
              return entries;
            }
          }
        });
  }

  /**
   * Writes entries in one transaction; they are on disk when this returns.
   *
   * @param entries to write; those whose address is taken are left out
   * @throws IOException if they cannot be written; none of them then is
   */
  public void add(List<Entry> entries) throws IOException {
    long now = System.currentTimeMillis();
    transaction(
        c -> {
          try (PreparedStatement insert = c.prepareStatement(Rows.INSERT)) {
            for (Entry entry : entries) {
              Rows.bind(insert, entry, now);
              insert.addBatch();
            }
            keepTime(c);
            return insert.executeBatch();
          }
        });
  }

  /**
   * Writes what happened to the run; it is on disk when this returns.
   *
   * @param kind for example {@code started}
   * @param detail one JSON object
   * @throws IOException if it cannot be written
   */
  public void event(String kind, ObjectNode detail) throws IOException {
    transaction(
        c -> {
          try (PreparedStatement insert =
              c.prepareStatement("INSERT INTO events (kind, detail, written) VALUES (?, ?, ?)")) {
            insert.setString(1, kind);
            insert.setString(2, detail.toString());
            insert.setLong(3, System.currentTimeMillis());
            return insert.executeUpdate();
          }
        });
  }

  /**
   * Begins a session: a time in which a process goes on with the run. How long it lasts is written
   * with each entry.
   *
   * @param workers who train
   * @param versions of what computes
   * @throws IOException if it cannot be written
   */
  public void begin(int workers, ObjectNode versions) throws IOException {
    before = access(c -> real(c, "SELECT total(seconds) FROM sessions"));
    start = System.nanoTime();
    session =
        transaction(
            c -> {
              try (PreparedStatement insert =
                  c.prepareStatement(
                      "INSERT INTO sessions (workers, versions, started, seconds)"
                          + " VALUES (?, ?, ?, 0)")) {
                insert.setInt(1, workers);
                insert.setString(2, versions.toString());
                insert.setLong(3, System.currentTimeMillis());
                insert.executeUpdate();
              }
              return (long) real(c, "SELECT max(id) FROM sessions");
            });
  }

  /**
   * How long processes have gone on with the run.
   *
   * @return seconds of all sessions, up to the last entry of each that was cut off, and up to now
   *     of this one
   */
  public synchronized double seconds() {
    return session == 0 ? 0 : before + (System.nanoTime() - start) / 1e9;
  }

  private void keepTime(Connection c) throws SQLException {
    if (session > 0) {
      try (PreparedStatement update =
          c.prepareStatement("UPDATE sessions SET seconds = ? WHERE id = ?")) {
        update.setDouble(1, (System.nanoTime() - start) / 1e9);
        update.setLong(2, session);
        update.executeUpdate();
      }
    }
  }

  private static double real(Connection c, String query) throws SQLException {
    try (Statement statement = c.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      return rows.getDouble(1);
    }
  }

  /**
   * Says that the run is complete.
   *
   * @throws IOException if it cannot be written
   */
  public void complete() throws IOException {
    end(RunReader.COMPLETE);
  }

  /**
   * Says that the run came to its end without a result, for all that it trained diverged.
   *
   * @throws IOException if it cannot be written
   */
  public void diverged() throws IOException {
    end(RunReader.DIVERGED);
  }

  private void end(String status) throws IOException {
    transaction(
        c -> {
          keepTime(c);
          try (Statement update = c.createStatement()) {
            return update.executeUpdate("UPDATE run SET status = '" + status + "'");
          }
        });
  }

  /**
   * Says that the run is to go on, after it came to its end.
   *
   * @throws IOException if it cannot be written
   */
  public void reopen() throws IOException {
    transaction(
        c -> {
          try (Statement update = c.createStatement()) {
            return update.executeUpdate("UPDATE run SET status = 'open'");
          }
        });
  }

  /**
   * Says so if the database is no longer where it was: writing would go on, to a file that has no
   * name.
   *
   * @throws IOException if it was deleted, moved or replaced, or its folder was
   */
  public void requireThere() throws IOException {
    if (Files.exists(file) && Objects.equals(identity, identity(file))) {
      return;
    }
    Path folder = file.getParent();
    if (!Files.isDirectory(folder)) {
      throw new IOException(
          folder
              + ": expected the run's folder, got none: it was deleted or moved while the run went"
              + " on; nothing remains there; move it back and resume the run, or start it again");
    }
    throw new IOException(
        file
            + ": expected the run's database, got "
            + (Files.exists(file) ? "another file" : "none")
            + ": it was deleted or moved while the run went on; what remains in "
            + folder
            + " is "
            + names(folder)
            + "; move the database back and resume the run, or start it again");
  }

  private static String names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(path -> path.getFileName().toString())
          .filter(
              name ->
                  !name.startsWith(".") && !name.startsWith(FILE) && !name.equals(WriteLock.FILE))
          .sorted()
          .reduce((one, other) -> one + ", " + other)
          .orElse("nothing");
    }
  }

  /** Tells a file from one that takes its name later; null where the system cannot. */
  private static Object identity(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
  }

  private <T> T transaction(Database.Work<T> work) throws IOException {
    return access(c -> Database.transaction(c, work));
  }

  private synchronized <T> T access(Database.Work<T> work) throws IOException {
    try {
      if (connection.isClosed()) {
        throw new IllegalStateException(file + ": expected an open journal, got a closed one");
      }
      requireThere();
      return work.on(connection);
    } catch (SQLException e) {
      throw Database.explain(file, e);
    }
  }

  /** Ends the writing, and gives the run free. What was written stays. */
  @Override
  public synchronized void close() throws IOException {
    try (lock) {
      connection.close();
    } catch (SQLException e) {
      throw Database.explain(file, e);
    }
  }
}
