package org.autoloss.run;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.autoloss.run.journal.Entry;
import org.autoloss.run.journal.RunReader;
import org.autoloss.run.journal.Stage;
import org.autoloss.run.journal.Written;

/**
 * The proxies' scores and metrics as scalars for TensorBoard, in the run's folder.
 *
 * <p>The journal is what counts: at the beginning of each session the file is written anew from it,
 * so that it holds each proxy once however the last session ended. Proxies are numbered in the
 * order in which they came.
 */
final class ScalarFile implements Closeable {
  private final TensorBoardFile file;
  private int proxies;
  private double best = Double.NEGATIVE_INFINITY;

  private ScalarFile(TensorBoardFile file) {
    this.file = file;
  }

  static ScalarFile of(Path folder, RunReader reader) throws IOException {
    List<Written> written = reader.written(Stage.PROXY);
    ScalarFile scalars = new ScalarFile(TensorBoardFile.create(folder, reader.info().created()));
    for (Written proxy : written) {
      scalars.put(proxy.entry(), proxy.time());
    }
    scalars.file.flush();
    return scalars;
  }

  synchronized void add(List<Entry> entries) throws IOException {
    Instant now = Instant.now();
    for (Entry entry : entries) {
      if (entry.stage() == Stage.PROXY) {
        put(entry, now);
        file.flush();
      }
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
