package org.autoloss.search.evolution;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Optional;
import org.autoloss.internal.Json;
import org.autoloss.metric.ObjectiveMetric;
import org.autoloss.search.SearchMethod;
import org.autoloss.search.SearchOutcome;
import org.autoloss.search.SearchSession;
import org.autoloss.storage.RunLog;
import org.autoloss.task.Task;

/**
 * Losses that a program proposes, such as a language model or another optimiser: it writes loss
 * expressions line by line, and is told how each did. They go through the rejection, the
 * equivalence check and the proxies of AutoLoss-Zero. The journal holds what was proposed, so that
 * a run that has ended needs no program to be resumed.
 *
 * @param zero how losses are tried out, and how many are trained
 * @param command of the program, as a shell takes it
 * @param timeout seconds within which it must say something
 */
public record ProposedLosses(AutoLossZero zero, String command, double timeout)
    implements SearchMethod {
  /** The name in the journal. */
  public static final String NAME = "propose";

  private static final String COMMAND = "command";
  private static final String TIMEOUT = "timeout";

  /**
   * Checks the arguments.
   *
   * @throws IllegalArgumentException if there is no command, or the time is not above 0
   */
  public ProposedLosses {
    if (command == null || command.isBlank()) {
      throw new IllegalArgumentException("propose: expected a command, got none");
    }
    if (!(timeout > 0 && timeout <= 1e6)) {
      throw new IllegalArgumentException(
          "propose: expected a timeout above 0, up to 1000000 s, got " + timeout);
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String title() {
    return "Proposed losses";
  }

  @Override
  public ObjectNode toJson() {
    return zero.toJson().put(COMMAND, command).put(TIMEOUT, timeout);
  }

  /**
   * The method of a run.
   *
   * @param json as {@link #toJson} makes it
   * @return the method
   * @throws IllegalArgumentException if a field is missing or out of range
   */
  public static ProposedLosses of(JsonNode json) {
    return new ProposedLosses(
        AutoLossZero.of(json), json.path(COMMAND).asText(), json.path(TIMEOUT).asDouble());
  }

  @Override
  public long proxies() {
    return zero.proxies();
  }

  @Override
  public long measured(RunLog log) throws IOException {
    return zero.measured(log);
  }

  @Override
  public void check(Task task, ObjectiveMetric objective) {
    zero.check(task, objective);
  }

  @Override
  public SearchOutcome search(SearchSession session) throws IOException {
    ProposalRun run = new ProposalRun(this, session);
    SearchStatistics statistics = run.run();
    ObjectNode details = Json.MAPPER.createObjectNode();
    details.set("tally", Json.MAPPER.valueToTree(statistics));
    return new SearchOutcome(
        statistics.trained(),
        run.kept(),
        Optional.empty(),
        details,
        (winner, artefact, provenance) -> artefact.put("metric", session.objective().label()));
  }
}
