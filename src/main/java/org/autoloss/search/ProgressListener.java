package org.autoloss.search;

/** Receives the progress of a run. Calls may come from several threads. */
public interface ProgressListener {
  /** Ignores all calls. */
  ProgressListener NONE =
      new ProgressListener() {
        @Override
        public void started(String stage, int total) {}

        @Override
        public void advanced() {}

        @Override
        public void message(String line) {}
      };

  /**
   * A stage begins.
   *
   * @param stage its name
   * @param total how often {@link #advanced} will be called
   */
  void started(String stage, int total);

  /** One part of the stage is done. */
  void advanced();

  /**
   * Something to read.
   *
   * @param line one line
   */
  void message(String line);
}
