package org.autoloss.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;

/** Where a run's results go as they come. Thread-safe. */
public interface RunLog extends Closeable {
  /**
   * Adds a result; it is on disk when this returns.
   *
   * @param series what kind of result, such as {@code proxies}
   * @param result one JSON object
   * @throws IOException if it cannot be written
   */
  void append(String series, ObjectNode result) throws IOException;

  /**
   * Writes a document, whole or not at all.
   *
   * @param name its file name
   * @param content replaces what the document held
   * @throws IOException if it cannot be written
   */
  void write(String name, String content) throws IOException;

  /**
   * Where a document of the run lies.
   *
   * @param name its file name
   * @return a path in the run's folder
   */
  Path path(String name);
}
