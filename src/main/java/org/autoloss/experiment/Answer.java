package org.autoloss.experiment;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.autoloss.internal.Json;
import org.autoloss.loss.LossSet;
import org.autoloss.report.ComparisonTable;
import org.autoloss.report.RunPictures;
import org.autoloss.search.ProgressListener;
import org.autoloss.search.ScoredLoss;
import org.autoloss.search.SearchOutcome;
import org.autoloss.storage.RunLog;
import org.autoloss.task.Split;
import org.autoloss.task.Task;

/**
 * What a search leaves: its best candidate in {@code candidate.json}, and its answer in {@code
 * found.json}, which is that candidate, or the baseline where the candidate is no gain.
 *
 * @param task the ground
 * @param plan of the search
 * @param log where the files go
 * @param progress is told where no picture can be drawn
 */
record Answer(Task task, SearchPlan plan, RunLog log, ProgressListener progress) {
  private static final String FOUND = "found.json";
  private static final String CANDIDATE = "candidate.json";

  /**
   * The artefacts, as they stand in the files.
   *
   * @param found the answer
   * @param candidate the best candidate
   */
  record Losses(String found, String candidate) {}

  /**
   * Writes the files.
   *
   * @param baseline specification or artefact of the best baseline
   */
  Losses write(
      SearchOutcome outcome,
      ScoredLoss winner,
      Verdict verdict,
      ComparisonTable confirmation,
      String baseline,
      StoppingRule rule)
      throws IOException {
    ObjectNode candidate = Json.MAPPER.readValue(winner.loss(), ObjectNode.class);
    ObjectNode provenance = candidate.putObject("provenance");
    provenance.put("method", plan.method().title()).put("trial", winner.name());
    putScores(provenance, verdict, confirmation);
    outcome.conclusion().of(winner, candidate, provenance);
    provenance.set("configuration", log.configuration());
    rule.ended().ifPresent(where -> provenance.set("ended", where));
    ObjectNode answer = verdict.isGain() ? candidate : baseline(baseline, provenance, verdict);
    Losses losses = new Losses(answer.toPrettyString(), candidate.toPrettyString());
    log.write(CANDIDATE, losses.candidate() + "\n");
    log.write(FOUND, losses.found() + "\n");
    RunPictures.loss(log.path("loss.png"), losses.found(), progress);
    return losses;
  }

  private void putScores(ObjectNode provenance, Verdict verdict, ComparisonTable table) {
    if (plan.confirmation().isUnseen()) {
      provenance
          .put("reward", table.meanOn(Split.REWARD.label(), verdict.candidate(), plan.objective()))
          .put(
              "rewardOfBaseline",
              table.meanOn(Split.REWARD.label(), verdict.baseline(), plan.objective()))
          .put("confirmation", verdict.reached())
          .put("confirmationOfBaseline", verdict.toBeat());
    } else {
      provenance.put("reward", verdict.reached()).put("rewardOfBaseline", verdict.toBeat());
    }
  }

  private ObjectNode baseline(String specification, ObjectNode provenance, Verdict verdict)
      throws IOException {
    try (LossSet losses = LossSet.parse(specification, task.branchInputs())) {
      ObjectNode artefact = Json.MAPPER.readValue(losses.toJson(), ObjectNode.class);
      ObjectNode why = provenance.deepCopy();
      artefact.set(
          "provenance", why.put("answer", verdict.baseline()).put("why", verdict.sentence()));
      return artefact;
    }
  }
}
