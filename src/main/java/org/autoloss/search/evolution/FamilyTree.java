package org.autoloss.search.evolution;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.autoloss.internal.Display;
import org.autoloss.internal.Json;
import org.autoloss.metric.ObjectiveMetric;

/**
 * Which mutation brought what: the line of an individual, from the graph at its beginning.
 *
 * @param line the individuals, oldest first; the last one is whose tree this is
 * @param objective what their scores measure
 * @param given whether the search was given the oldest one's graph, and did not draw it
 */
record FamilyTree(List<Individual> line, ObjectiveMetric objective, boolean given) {
  static FamilyTree of(Individual last, ObjectiveMetric objective, Ancestors ancestors) {
    Deque<Individual> line = new ArrayDeque<>();
    for (Individual i = last; i != null; i = i.candidate().parent()) {
      line.addFirst(i);
    }
    boolean given = ancestors.has(line.getFirst().genotype());
    return new FamilyTree(List.copyOf(line), objective, given);
  }

  /** A table for readers. */
  String toMarkdown() {
    StringBuilder text = new StringBuilder("# Family tree\n\n");
    text.append(
            "Scores are those of proxies on the reward split, in percent. An individual that took\n")
        .append("the score of one with the same gradients names it.\n\n")
        .append("| individual | by | ")
        .append(objective.label())
        .append(" | gain | loss |\n")
        .append("| --- | --- | --- | --- | --- |\n");
    for (int k = 0; k < line.size(); k++) {
      Individual individual = line.get(k);
      String gain = k == 0 ? "" : Display.points(individual.score() - line.get(k - 1).score());
      text.append(
          String.format(
              Locale.ROOT,
              "| %d%s | %s | %s | %s | `%s` |%n",
              individual.id(),
              individual.duplicateOf() == null
                  ? ""
                  : " (score of " + individual.duplicateOf() + ")",
              k == 0 ? (given ? "given" : "random") : changes(individual.candidate()),
              Display.percent(individual.score()),
              gain,
              individual.genotype()));
    }
    Individual last = line.get(line.size() - 1);
    return text.append("\n$$").append(last.genotype().toLatex()).append("$$\n").toString();
  }

  /** The same as data. */
  ObjectNode toJson() {
    ObjectNode json =
        Json.MAPPER.createObjectNode().put("metric", objective.label()).put("given", given);
    ArrayNode array = json.putArray("line");
    for (Individual individual : line) {
      array.add(describe(individual));
    }
    return json;
  }

  /** An individual as a line of the log. */
  static ObjectNode describe(Individual individual) {
    Candidate candidate = individual.candidate();
    ObjectNode json =
        Json.MAPPER
            .createObjectNode()
            .put("id", individual.id())
            .put("expression", individual.genotype().toString())
            .put("score", individual.score())
            .put("status", individual.result().status().name());
    ObjectNode metrics = json.putObject("metrics");
    individual.result().metrics().forEach(metrics::put);
    if (candidate.parent() != null) {
      json.put("parent", candidate.parent().id());
    }
    if (individual.duplicateOf() != null) {
      json.put("duplicateOf", individual.duplicateOf());
    }
    ArrayNode changes = json.putArray("changes");
    candidate
        .changes()
        .forEach(
            change ->
                changes
                    .addObject()
                    .put("mutation", change.mutation())
                    .put("result", change.result()));
    return json;
  }

  private static String changes(Candidate candidate) {
    return candidate.changes().isEmpty()
        ? "copy"
        : candidate.changes().stream()
            .map(Candidate.Change::mutation)
            .collect(Collectors.joining(", "));
  }
}
