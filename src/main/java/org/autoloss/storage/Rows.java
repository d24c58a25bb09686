package org.autoloss.storage;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.LinkedHashMap;
import java.util.Map;
import org.autoloss.internal.Json;

/** Entries as rows of the table. */
final class Rows {
  static final String INSERT =
      "INSERT OR IGNORE INTO entries (stage, step, sample, digest, seed, name, content, parent,"
          + " mutation, fingerprint, decision, score, metrics, seconds, written, machine)"
          + " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";
  static final String SELECT = "SELECT * FROM entries WHERE stage = ?";
  static final String ORDER = " ORDER BY step, sample, written, digest";

  private static final int COLUMNS = 16;

  private Rows() {}

  static void bind(PreparedStatement insert, Entry entry, long now) throws SQLException {
    insert.setString(1, entry.stage().label());
    insert.setInt(2, entry.step());
    insert.setInt(3, entry.sample());
    insert.setLong(4, digest(entry.content()));
    insert.setLong(5, entry.seed());
    insert.setString(6, entry.name());
    insert.setString(7, entry.content());
    insert.setObject(8, entry.origin().parent(), Types.INTEGER);
    insert.setString(9, entry.origin().mutation());
    insert.setObject(10, entry.origin().fingerprint(), Types.BIGINT);
    insert.setString(11, entry.outcome().decision());
    insert.setObject(12, entry.outcome().score(), Types.DOUBLE);
    insert.setString(13, toJson(entry.outcome().metrics()));
    insert.setObject(14, entry.outcome().seconds(), Types.DOUBLE);
    insert.setLong(15, now);
    insert.setString(16, entry.outcome().machine());
  }

  static Entry read(ResultSet row) throws SQLException {
    return new Entry(
        Stage.of(row.getString("stage")),
        row.getInt("step"),
        row.getInt("sample"),
        row.getLong("seed"),
        row.getString("name"),
        row.getString("content"),
        new Entry.Origin(
            integer(row, "parent"), row.getString("mutation"), whole(row, "fingerprint")),
        new Entry.Outcome(
            row.getString("decision"),
            real(row, "score"),
            fromJson(row.getString("metrics")),
            real(row, "seconds"),
            machine(row)));
  }

  /** Runs of schema version 2 and earlier, which are read as they are, have no such column. */
  private static String machine(ResultSet row) throws SQLException {
    return row.getMetaData().getColumnCount() < COLUMNS ? null : row.getString("machine");
  }

  private static Integer integer(ResultSet row, String column) throws SQLException {
    int value = row.getInt(column);
    return row.wasNull() ? null : (Integer) value;
  }

  private static Long whole(ResultSet row, String column) throws SQLException {
    long value = row.getLong(column);
    return row.wasNull() ? null : (Long) value;
  }

  private static Double real(ResultSet row, String column) throws SQLException {
    double value = row.getDouble(column);
    return row.wasNull() ? null : (Double) value;
  }

  /** The first 64 bits of the content's SHA-256. */
  static long digest(String content) {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      return ByteBuffer.wrap(sha.digest(content.getBytes(StandardCharsets.UTF_8))).getLong();
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java has SHA-256", e);
    }
  }

  private static String toJson(Map<String, Double> metrics) {
    ObjectNode json = Json.MAPPER.createObjectNode();
    metrics.forEach(json::put);
    return json.toString();
  }

  private static Map<String, Double> fromJson(String text) {
    Map<String, Double> metrics = new LinkedHashMap<>();
    try {
      for (Map.Entry<String, JsonNode> field : Json.MAPPER.readTree(text).properties()) {
        metrics.put(field.getKey(), Double.valueOf(field.getValue().asText()));
      }
    } catch (JsonProcessingException | NumberFormatException e) {
      throw new IllegalArgumentException("expected metrics as JSON, got '" + text + "'", e);
    }
    return metrics;
  }
}
