package org.autoloss.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.autoloss.internal.Display;
import org.autoloss.internal.SqliteLibrary;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** How the database of a run is opened, and what is said when that or a later access fails. */
final class Database {
  /** What is done on a connection. */
  @FunctionalInterface
  interface Work<T> {
    T on(Connection connection) throws SQLException;
  }

  // Readers of a run take moments; a longer wait has another cause.
  private static final int BUSY_MILLIS = 10_000;

  private Database() {}

  /** For the writer: what is committed is on disk, whatever happens to process and machine. */
  static Connection write(Path file) throws IOException {
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(SQLiteConfig.JournalMode.WAL);
    config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
    config.setBusyTimeout(BUSY_MILLIS);
    return open(config, url(file), file);
  }

  /** For a reader, beside the writer or without one. */
  static Connection read(Path file) throws IOException {
    SQLiteConfig config = new SQLiteConfig();
    config.setReadOnly(true);
    config.setBusyTimeout(BUSY_MILLIS);
    // Readers share files with the writer; where nobody can write, they cannot be made.
    boolean writable = Files.isWritable(file.toAbsolutePath().getParent());
    return open(config, url(file) + (writable ? "" : "?immutable=1"), file);
  }

  // A URI, where a name may hold any sign: written bare, a "?" begins options, a "#" ends the name.
  private static String url(Path file) {
    return "jdbc:sqlite:" + file.toUri();
  }

  private static Connection open(SQLiteConfig config, String url, Path file) throws IOException {
    SqliteLibrary.load();
    try {
      return config.createConnection(url);
    } catch (SQLException e) {
      throw explain(file, e);
    }
  }

  /**
   * Does work as a whole or not at all. By hand: the driver's setAutoCommit would commit once more
   * after a failure, and hide its reason.
   */
  static <T> T transaction(Connection connection, Work<T> work) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("BEGIN IMMEDIATE");
      try {
        T result = work.on(connection);
        statement.execute("COMMIT");
        return result;
      } catch (SQLException | RuntimeException e) {
        rollback(statement, e);
        throw e;
      }
    }
  }

  // A full disk may have rolled back already; the first failure is the one to tell.
  private static void rollback(Statement statement, Exception reason) {
    try {
      statement.execute("ROLLBACK");
    } catch (SQLException e) {
      reason.addSuppressed(e);
    }
  }

  /** One sentence that names the file and the remedy. */
  static IOException explain(Path file, SQLException e) {
    SQLiteErrorCode code =
        e instanceof SQLiteException sqlite ? sqlite.getResultCode() : SQLiteErrorCode.SQLITE_ERROR;
    return new IOException(file + ": " + reason(code, e), e);
  }

  private static String reason(SQLiteErrorCode code, SQLException e) {
    // The low byte is the primary code, of which the others are kinds.
    return switch (SQLiteErrorCode.getErrorCode(code.code & 0xff)) {
      case SQLITE_FULL -> "expected room to write, got a full disk; make room, and resume the run";
      case SQLITE_READONLY, SQLITE_PERM, SQLITE_CANTOPEN ->
          "expected a file in a folder that may be written, got a read-only one; change its"
              + " permissions";
      case SQLITE_NOTADB, SQLITE_CORRUPT ->
          "expected the database of a run, got a damaged file; restore it from a copy";
      case SQLITE_BUSY, SQLITE_LOCKED ->
          "another program holds the database; close it, and resume the run";
      case SQLITE_IOERR ->
          "expected a disk that works, got an error of it; see to that, and resume the run";
      case SQLITE_ERROR ->
          "expected the database of a run, got one that does not answer ("
              + Display.line(e.getMessage())
              + "); restore it from a copy";
      default -> e.getMessage();
    };
  }
}
