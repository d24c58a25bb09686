package org.autoloss.storage;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/**
 * The database's schema. Its version stands in the file ({@code PRAGMA user_version}); a file of an
 * earlier version is brought forward, one migration after the other, each in a transaction.
 *
 * <p>A migration that has been released is never changed: a later one is added.
 */
final class Schema {
  private static final List<List<String>> MIGRATIONS =
      List.of(
          List.of(
              """
              CREATE TABLE run (
                id INTEGER PRIMARY KEY CHECK (id = 1),
                method TEXT NOT NULL,
                configuration TEXT NOT NULL,
                status TEXT NOT NULL,
                created INTEGER NOT NULL)
              """,
              // Digest stands for the content, which may be long, in the key.
              """
              CREATE TABLE entries (
                stage TEXT NOT NULL,
                step INTEGER NOT NULL,
                sample INTEGER NOT NULL,
                digest INTEGER NOT NULL,
                seed INTEGER NOT NULL,
                name TEXT NOT NULL,
                content TEXT NOT NULL,
                parent INTEGER,
                mutation TEXT,
                fingerprint INTEGER,
                decision TEXT NOT NULL,
                score REAL,
                metrics TEXT NOT NULL,
                seconds REAL,
                written INTEGER NOT NULL,
                PRIMARY KEY (stage, step, sample, digest)) WITHOUT ROWID
              """,
              """
              CREATE TABLE events (
                id INTEGER PRIMARY KEY,
                kind TEXT NOT NULL,
                detail TEXT NOT NULL,
                written INTEGER NOT NULL)
              """),
          List.of(
              """
              CREATE TABLE sessions (
                id INTEGER PRIMARY KEY,
                workers INTEGER NOT NULL,
                versions TEXT NOT NULL,
                started INTEGER NOT NULL,
                seconds REAL NOT NULL)
              """),
          List.of("ALTER TABLE entries ADD COLUMN machine TEXT"));

  /** The version that this library writes. */
  static final int VERSION = MIGRATIONS.size();

  private Schema() {}

  /** The version of a file; 0 if it is new. */
  static int version(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("PRAGMA user_version")) {
      return rows.getInt(1);
    }
  }

  /** Refuses a file that no version of this library has written, or a later one. */
  static void requireKnown(Connection connection, Path file) throws SQLException {
    requireVersion(connection, file, 1);
  }

  private static void requireVersion(Connection connection, Path file, int least)
      throws SQLException {
    int version = version(connection);
    if (version > VERSION) {
      throw new IllegalArgumentException(
          file
              + ": expected a run of schema version "
              + VERSION
              + " or earlier, got version "
              + version
              + "; use the newer AutoLoss that made it");
    }
    if (version < least) {
      throw new IllegalArgumentException(
          file
              + ": expected a run of schema version 1 to "
              + VERSION
              + ", got version "
              + version
              + ", which no AutoLoss writes; restore it from a copy");
    }
  }

  /** Brings a file to {@link #VERSION}. */
  static void migrate(Connection connection, Path file) throws SQLException {
    requireVersion(connection, file, 0);
    for (int version = version(connection); version < VERSION; version++) {
      int next = version + 1;
      Database.transaction(connection, c -> change(c, next));
    }
  }

  private static Void change(Connection connection, int version) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String change : MIGRATIONS.get(version - 1)) {
        statement.executeUpdate(change);
      }
      statement.execute("PRAGMA user_version = " + version);
    }
    return null;
  }
}
