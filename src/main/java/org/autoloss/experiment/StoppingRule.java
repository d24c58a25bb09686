package org.autoloss.experiment;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.Optional;
import org.autoloss.internal.Json;
import org.autoloss.search.ProgressListener;
import org.autoloss.storage.Event;
import org.autoloss.storage.RunInfo;
import org.autoloss.storage.RunLog;

/**
 * Ends a search at its limit. A search asks at points that depend on its seed alone, so the number
 * of the question says where it stopped: the log keeps that number, and a run that is resumed stops
 * at the same point, though its clock says something else. A new limit, written after the stop,
 * takes the place of the old one. A limit never takes away what was measured before it was given:
 * the search has done all of that first.
 */
public final class StoppingRule {
  private static final String LIMIT = "limit";
  private static final String STOPPED = "stopped";

  private final RunLog log;
  private final ProgressListener progress;
  private final Budget limit;
  private final long measured;
  private ObjectNode stop;
  private long asked;
  private boolean ended;

  private StoppingRule(
      RunLog log, ProgressListener progress, Budget limit, long measured, ObjectNode stop) {
    this.log = log;
    this.progress = progress;
    this.limit = limit;
    this.measured = measured;
    this.stop = stop;
  }

  /**
   * The rule of a run, as its log has it.
   *
   * @param measured how many candidates the log holds
   */
  static StoppingRule of(RunLog log, ProgressListener progress, long measured) throws IOException {
    Budget limit = Budget.NONE;
    ObjectNode stop = null;
    for (Event event : log.events()) {
      if (event.kind().equals(LIMIT)) {
        limit = Budget.of(event.detail());
        stop = null;
      } else if (event.kind().equals(STOPPED)) {
        stop = event.detail();
      }
    }
    boolean late = stop == null || stop.path("candidates").asLong() >= measured;
    return new StoppingRule(log, progress, limit, measured, late ? stop : null);
  }

  /**
   * Gives a run a limit, instead of the one that it had. A run whose search came to its own end
   * takes none.
   *
   * @param log of the run
   * @param limit when its search ends
   * @return whether the run has taken it
   * @throws IOException if the log cannot be read or written
   */
  public static boolean set(RunLog log, Budget limit) throws IOException {
    boolean stopped = of(log, ProgressListener.NONE, 0).stop != null;
    if (log.info().status() == RunInfo.Status.COMPLETE && !stopped) {
      return false;
    }
    log.event(LIMIT, limit.toJson());
    log.reopen();
    return true;
  }

  /** Whether the search ends here, after so many candidates. */
  boolean enough(long candidates) {
    asked++;
    if (!ended && stop == null && candidates >= measured) {
      reason(candidates).ifPresent(reason -> stop(candidates, reason));
    }
    ended |= stop != null && stop.path("asked").asLong() == asked;
    return ended;
  }

  /** Where the search ended; empty if it went to its own end. */
  Optional<ObjectNode> ended() {
    if (!ended) {
      return Optional.empty();
    }
    ObjectNode where = stop.deepCopy();
    where.remove("asked");
    return Optional.of(where);
  }

  private Optional<String> reason(long candidates) {
    if (candidates >= limit.candidates()) {
      return Optional.of("candidates " + limit.candidates());
    }
    if (log.seconds() >= limit.seconds()) {
      return Optional.of(String.format(Locale.ROOT, "budget of %.0f s", limit.seconds()));
    }
    return Optional.empty();
  }

  private void stop(long candidates, String reason) {
    stop =
        Json.MAPPER
            .createObjectNode()
            .put("asked", asked)
            .put("candidates", candidates)
            .put("reason", reason);
    try {
      log.event(STOPPED, stop);
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
    progress.message("search ended after " + candidates + " candidates by its " + reason);
  }
}
