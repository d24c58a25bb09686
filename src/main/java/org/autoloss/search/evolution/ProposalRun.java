package org.autoloss.search.evolution;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.autoloss.graph.BranchGraphs;
import org.autoloss.graph.LossGraph;
import org.autoloss.graph.Operator;
import org.autoloss.internal.Display;
import org.autoloss.internal.Json;
import org.autoloss.internal.RandomStreams;
import org.autoloss.loss.LossInput;
import org.autoloss.search.ScoredLoss;
import org.autoloss.search.SearchSession;
import org.autoloss.storage.Event;

/**
 * One search by proposals: what a run has proposed already is taken from its events, and only then
 * the program is asked.
 */
final class ProposalRun {
  private static final long SEARCH = 2;
  private static final long EVALUATE = 2;
  private static final String PROPOSED = "proposed";
  private static final String ENDED = "proposals ended";
  private static final String LOSSES = "losses";
  private static final int MOST_RUBBISH = 1_000;

  private final ProposedLosses method;
  private final SearchSession session;
  private final Map<String, LossInput> branches = new LinkedHashMap<>();
  private final LossRejection screening;
  private final EvolutionRecorder recorder;
  private final ZeroSearch.Trainings trainings;
  private final Map<Long, Individual> byFingerprint = new HashMap<>();
  private final List<String> answers = new ArrayList<>(); // as the program is told
  private SearchStatistics statistics = SearchStatistics.NONE;
  private int batches;
  private int born;
  private int rubbish; // lines in a row

  ProposalRun(ProposedLosses method, SearchSession session) {
    this.method = method;
    this.session = session;
    AutoLossZero zero = method.zero();
    zero.searched(session.task()).forEach(each -> branches.put(each.name(), each.input()));
    Optional<GenotypeProtocol> protocol =
        zero.screening(session.task(), session.objective(), session.seed(), session::start);
    ZeroSettings settings = zero.settings();
    screening =
        new LossRejection(
            protocol.isPresent() ? settings : settings.with(false, false, settings.earlyStop()),
            protocol.orElse(null));
    CandidateLosses losses = zero.losses(session);
    recorder = new EvolutionRecorder(session, losses::artefact);
    trainings = zero.trainings(session, losses, settings.earlyStop());
  }

  /** The losses that are worth keeping. */
  List<ScoredLoss> kept() {
    return recorder.kept();
  }

  SearchStatistics run() throws IOException {
    boolean ended = false;
    for (Event event : session.log().events()) {
      if (event.kind().equals(PROPOSED) && goesOn()) {
        take(lines(event));
      }
      ended |= event.kind().equals(ENDED);
    }
    if (!ended && goesOn()) {
      ask();
    }
    if (statistics.trained() == 0) {
      throw new IllegalStateException(
          "propose: expected a loss that may be trained, got none of "
              + answers.size()
              + " proposals"
              + (answers.isEmpty()
                  ? ""
                  : "; the last answer was " + answers.get(answers.size() - 1)));
    }
    return statistics;
  }

  private static List<String> lines(Event event) {
    return StreamSupport.stream(event.detail().path(LOSSES).spliterator(), false)
        .map(line -> line.asText())
        .toList();
  }

  private boolean goesOn() {
    return statistics.trained() < method.proxies()
        && !(statistics.trained() > 0 && session.stop().enough(statistics.explored()));
  }

  /** Asks the program until it, or the search, has enough. */
  private void ask() throws IOException {
    String ending = null;
    try (ProposerProcess program = ProposerProcess.start(method.command(), method.timeout())) {
      program.tell(greeting());
      answers.forEach(program::tell);
      while (ending == null && goesOn()) {
        List<String> lines = program.next(method.zero().settings().generation());
        if (!lines.isEmpty()) {
          ArrayNode proposed = Json.MAPPER.createArrayNode();
          lines.forEach(proposed::add);
          session.log().event(PROPOSED, Json.MAPPER.createObjectNode().set(LOSSES, proposed));
          int before = answers.size();
          take(lines);
          answers.subList(before, answers.size()).forEach(program::tell);
        }
        ending =
            rubbish < MOST_RUBBISH
                ? program.ending()
                : "it said " + rubbish + " lines without a loss";
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("propose: interrupted", e);
    }
    if (ending != null) {
      session.log().event(ENDED, Json.MAPPER.createObjectNode().put("reason", ending));
      session
          .progress()
          .message(
              "the proposing program is done: "
                  + ending
                  + "; "
                  + statistics.trained()
                  + " losses were trained");
    }
  }

  /** What the program may want to know before it begins. */
  private String greeting() {
    ObjectNode json = Json.MAPPER.createObjectNode().put("metric", session.objective().label());
    ObjectNode inputs = json.putObject("inputs");
    branches.forEach(
        (branch, input) -> BranchGraphs.inputs(input).forEach(inputs.withArray("/" + branch)::add));
    ObjectNode operators = json.putObject("operators");
    for (Operator operator : Operator.values()) {
      operators.put(operator.toString(), operator.arity());
    }
    return json.toString();
  }

  /** Tries out and trains what was proposed together. */
  private void take(List<String> lines) {
    Map<Integer, Candidate> candidates = new LinkedHashMap<>(); // by line
    ObjectNode[] told = new ObjectNode[lines.size()];
    for (int i = 0; i < told.length; i++) {
      told[i] = Json.MAPPER.createObjectNode().put("loss", lines.get(i));
      try {
        candidates.put(i, new Candidate(genotype(lines.get(i)), null, List.of()));
        rubbish = 0;
      } catch (IllegalArgumentException e) {
        rubbish++;
        told[i].put("decision", "no_loss").put("error", e.getMessage());
      }
    }
    List<Integer> places = List.copyOf(candidates.keySet());
    if (!candidates.isEmpty()) {
      judge(places, screening.screen(List.copyOf(candidates.values())), told);
    }
    for (ObjectNode answer : told) {
      answers.add(answer.toString());
    }
    batches++;
  }

  private void judge(
      List<Integer> places, List<LossRejection.Screened> screened, ObjectNode[] told) {
    List<Explored> explored = new ArrayList<>();
    List<Integer> fresh = new ArrayList<>(); // in screened
    for (int i = 0; i < screened.size(); i++) {
      Explored.Decision decision = decision(screened, i, fresh);
      if (decision == Explored.Decision.TRAINED) {
        fresh.add(i);
      } else if (decision == Explored.Decision.REUSED) {
        statistics = statistics.plus(new SearchStatistics(0, 0, 0, 0, 0, 1, 0, 0));
      }
      LossRejection.Screened one = screened.get(i);
      explored.add(new Explored(one.candidate(), one.fingerprint(), decision, null));
      statistics = statistics.plus(SearchStatistics.explored(one.rejection()));
      told[places.get(i)].put("decision", decision.name().toLowerCase(Locale.ROOT));
    }
    recorder.explored(batches, 0, explored);
    train(screened, fresh);
    for (int i = 0; i < screened.size(); i++) {
      Individual known = byFingerprint.get(key(screened.get(i)));
      if (screened.get(i).rejection() == null && known != null) {
        score(told[places.get(i)], known);
      }
    }
  }

  private Explored.Decision decision(
      List<LossRejection.Screened> screened, int i, List<Integer> fresh) {
    LossRejection.Screened one = screened.get(i);
    if (one.rejection() != null) {
      return one.rejection();
    }
    boolean known =
        byFingerprint.containsKey(key(one))
            || fresh.stream().anyMatch(other -> key(screened.get(other)) == key(one));
    return known ? Explored.Decision.REUSED : Explored.Decision.TRAINED;
  }

  /** What tells losses apart: the gradients, or where these are not compared the text. */
  private static long key(LossRejection.Screened one) {
    return one.fingerprint() != null
        ? one.fingerprint()
        : one.candidate().genotype().toString().hashCode();
  }

  private void train(List<LossRejection.Screened> screened, List<Integer> fresh) {
    long left = method.proxies() - statistics.trained();
    List<Integer> chosen = fresh.subList(0, (int) Math.min(left, fresh.size()));
    List<ZeroSearch.Outcome> outcomes =
        trainings.train(
            batches,
            RandomStreams.seed(session.seed(), SEARCH, EVALUATE),
            chosen.stream().map(i -> screened.get(i).candidate().genotype()).toList());
    for (int k = 0; k < chosen.size(); k++) {
      ZeroSearch.Outcome outcome = outcomes.get(k);
      LossRejection.Screened one = screened.get(chosen.get(k));
      Individual individual =
          new Individual(born++, one.candidate(), outcome.result(), outcome.score(), null);
      byFingerprint.put(key(one), individual);
      statistics =
          statistics.plus(new SearchStatistics(0, 0, 0, 0, 0, 0, 1, outcome.result().ok() ? 0 : 1));
      recorder.joined(individual);
    }
    recorder.stepped(batches);
  }

  private static void score(ObjectNode answer, Individual individual) {
    answer.put("score", individual.score());
    ObjectNode metrics = answer.putObject("metrics");
    individual.result().metrics().forEach(metrics::put);
  }

  /** An expression; of several branches {@code branch=expression;...}. */
  private Genotype genotype(String line) {
    Map<String, LossGraph> graphs = new LinkedHashMap<>();
    if (branches.size() == 1) {
      branches.forEach((branch, input) -> graphs.put(branch, graph(line, input)));
      return new Genotype(graphs);
    }
    Map<String, String> parts = new HashMap<>();
    for (String part : line.split(";")) {
      int equals = part.indexOf('=');
      parts.put(equals < 0 ? "" : part.substring(0, equals).strip(), part.substring(equals + 1));
    }
    if (!parts.keySet().equals(branches.keySet())) {
      throw new IllegalArgumentException(
          "loss: expected BRANCH=EXPRESSION;... for "
              + String.join(", ", branches.keySet())
              + ", got "
              + Display.shortened(line));
    }
    branches.forEach((branch, input) -> graphs.put(branch, graph(parts.get(branch), input)));
    return new Genotype(graphs);
  }

  private LossGraph graph(String text, LossInput input) {
    String bare = text.strip();
    String expression = bare.startsWith("expr:") ? bare.substring("expr:".length()) : bare;
    LossGraph graph = LossGraph.parse(expression, java.util.Set.copyOf(BranchGraphs.inputs(input)));
    BranchGraphs.loss(input, graph, method.zero().rejection().settings().eps()).close();
    return graph;
  }
}
