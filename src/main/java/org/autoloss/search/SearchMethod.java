package org.autoloss.search;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Map;
import org.autoloss.metric.ObjectiveMetric;
import org.autoloss.storage.RunLog;
import org.autoloss.storage.Stage;
import org.autoloss.task.Task;

/**
 * A way to search: which losses to try next, given how those before them did. Warm start,
 * trainings, confirmation, the final table and all files but its own are the same for every method.
 *
 * <p>The losses that it asks for depend on the session's task, objective and seed and on the
 * results alone, so that a run that is repeated asks the same again.
 */
public interface SearchMethod {
  /**
   * The name on the command line and in the journal.
   *
   * @return for example {@code asl}
   */
  String name();

  /**
   * The name for readers.
   *
   * @return for example {@code Auto Seg-Loss}
   */
  String title();

  /**
   * The method's settings, as they stand in a run's configuration.
   *
   * @return one JSON object
   */
  ObjectNode toJson();

  /**
   * How many losses it trains.
   *
   * @return proxies of a search that goes to its own end
   */
  long proxies();

  /**
   * How many losses it trains at most if it is to end after some candidates: more than these where
   * it ends at whole steps only.
   *
   * @param candidates at least 1
   * @return proxies
   */
  default long proxies(long candidates) {
    return Math.min(proxies(), candidates);
  }

  /**
   * Refuses a task or an objective that the method cannot search for, before anything is made.
   *
   * @param task the ground
   * @param objective what would be maximised
   * @throws IllegalArgumentException if so
   */
  default void check(Task task, ObjectiveMetric objective) {}

  /**
   * Searches.
   *
   * @param session what to search on
   * @return what was tried
   * @throws IOException if a document of the method cannot be written
   */
  SearchOutcome search(SearchSession session) throws IOException;

  /**
   * Losses that belong beside the found one in the final table, by the name of their row.
   *
   * @param session what was searched
   * @return specifications, between the baseline and the loss that was found
   */
  default Map<String, String> references(SearchSession session) {
    return Map.of();
  }

  /**
   * How many candidates a log holds, as the search counts them for {@link SearchSession.Stop}: a
   * limit that is given later takes none of them away.
   *
   * @param log of a run of this method
   * @return 0 or more
   * @throws IOException if the log cannot be read
   */
  default long measured(RunLog log) throws IOException {
    return log.entries(Stage.PROXY).size();
  }

  /**
   * The method's own documents in the run's folder.
   *
   * @return file names by what they are of the loss, such as {@code its family tree}
   */
  default Map<String, String> documents() {
    return Map.of();
  }
}
