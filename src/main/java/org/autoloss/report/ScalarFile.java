package org.autoloss.report;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.autoloss.storage.Entry;
import org.autoloss.storage.RunLog;
import org.autoloss.storage.Stage;
import org.autoloss.storage.Written;

/**
 * The proxies' scores and metrics as scalars for TensorBoard, in the run's folder.
 *
 * <p>The journal is what counts: at the beginning of each session the file is written anew from it,
 * so that it holds each proxy once however the last session ended. Proxies are numbered in the
 * order in which they came.
 */
public final class ScalarFile implements Closeable {
  private final TensorBoardFile file;
  private int proxies;
  private double best = Double.NEGATIVE_INFINITY;

  private ScalarFile(TensorBoardFile file) {
    this.file = file;
  }

  /**
   * Keeps the file of a run up to date.
   *
   * @param log of the run
   * @return the file; the caller closes it
   * @throws IOException if the log cannot be read, or the file cannot be written
   */
  public static ScalarFile attach(RunLog log) throws IOException {
    ScalarFile scalars =
        new ScalarFile(TensorBoardFile.create(log.path("."), log.info().created()));
    for (Written proxy : log.written(Stage.PROXY)) {
      scalars.put(proxy.entry(), proxy.time());
    }
    scalars.file.flush();
    log.listen(scalars::add);
    return scalars;
  }

  private synchronized void add(List<Entry> entries) {
    Instant now = Instant.now();
    try {
      for (Entry entry : entries) {
        if (entry.stage() == Stage.PROXY) {
          put(entry, now);
          file.flush();
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }

  private void put(Entry proxy, Instant time) throws IOException {
    List<TensorBoardFile.Scalar> values = new ArrayList<>();
    Double score = proxy.outcome().score();
    if (score != null) {
      best = Math.max(best, score);
      values.add(new TensorBoardFile.Scalar("proxy/score", score.floatValue()));
      values.add(new TensorBoardFile.Scalar("proxy/best", (float) best));
    }
    proxy
        .outcome()
        .metrics()
        .forEach(
            (name, value) ->
                values.add(new TensorBoardFile.Scalar("proxy/" + name, value.floatValue())));
    file.append(proxies, time, values);
    proxies++;
  }

  @Override
  public synchronized void close() throws IOException {
    file.close();
  }
}
