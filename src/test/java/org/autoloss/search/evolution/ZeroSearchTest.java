package org.autoloss.search.evolution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.autoloss.graph.LossGraph;
import org.autoloss.graph.RejectionProtocol;
import org.autoloss.graph.RejectionSamples;
import org.autoloss.graph.RejectionSettings;
import org.autoloss.internal.RandomStreams;
import org.autoloss.loss.LossInput;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.autoloss.search.TrialResult;
import org.autoloss.task.Branch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ZeroSearchTest {
  private static final int SIZE = 16;
  private static final TrialResult OK = new TrialResult(TrialResult.Status.OK, Map.of(), 0);

  /** Stands for a proxy: short losses that use log or tanh are good. */
  private static final String BRANCH = "loss";

  private static final List<Branch> BRANCHES = List.of(new Branch(BRANCH, LossInput.CLASSES, "ce"));

  private static final ZeroSearch.Trainings OBJECTIVE =
      (generation, seed, candidates) -> candidates.stream().map(ZeroSearchTest::outcome).toList();

  private static ZeroSearch.Outcome outcome(Genotype graph) {
    String text = graph.toString();
    double score = 1.0 / (1 + graph.operatorCount());
    score += text.contains("log") ? 0.2 : 0;
    score += text.contains("tanh") ? 0.3 : 0;
    return new ZeroSearch.Outcome(OK, score);
  }

  private static GenotypeProtocol evaluator() {
    return GenotypeProtocol.of(Map.of(BRANCH, protocol()));
  }

  private static RejectionProtocol protocol() {
    return protocol(1e-4);
  }

  private static RejectionProtocol protocol(double noise) {
    int[] labels = new int[3 * SIZE * SIZE];
    Arrays.setAll(labels, i -> (i / 5 % 3 + i / (3 * SIZE)) % 4);
    RejectionSamples samples =
        RejectionSamples.of(labels, 3, 4, SIZE, SIZE, noise, RandomStreams.stream(1));
    return RejectionProtocol.of(samples, RejectionSettings.of(SegmentationMetric.MIOU));
  }

  private static Genotype genotype(String graph) {
    return new Genotype(Map.of(BRANCH, LossGraph.parse(graph)));
  }

  /** All that a search has told. */
  private record Found(List<Individual> individuals, SearchStatistics tally) {
    Individual byId(int id) {
      return individuals.get(id);
    }
  }

  private static Found search(ZeroSettings settings, ZeroSearch.Trainings trainings, int trained) {
    LossRejection screening = new LossRejection(settings, evaluator());
    List<Individual> individuals = new ArrayList<>();
    SearchStatistics tally =
        new ZeroSearch(settings, BRANCHES, screening, trainings, individuals::add)
            .run(7, trained, sofar -> false);
    return new Found(individuals, tally);
  }

  @Test
  void run_sameSeed_findsTheSame() {
    Found first = search(ZeroSettings.DEFAULT, OBJECTIVE, 60);
    assertThat(search(ZeroSettings.DEFAULT, OBJECTIVE, 60)).isEqualTo(first);
    assertThat(first.tally().explored()).isGreaterThan(1000);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 21, 60})
  void run_numberOfTrainings_isKept(int trainings) {
    SearchStatistics tally = search(ZeroSettings.DEFAULT, OBJECTIVE, trainings).tally();
    assertThat(tally.trained()).isEqualTo(trainings);
  }

  @Test
  void run_fewTrainings_mostHaveParents() {
    ZeroSettings few = ZeroSettings.ofFew(40);
    assertThat(parents(few)).isGreaterThan(parents(ZeroSettings.DEFAULT)).isGreaterThan(15);
  }

  /** How many of 40 trained individuals descend from others. */
  private static long parents(ZeroSettings settings) {
    return search(settings, OBJECTIVE, 40).individuals().stream()
        .filter(individual -> individual.duplicateOf() == null)
        .filter(individual -> individual.candidate().parent() != null)
        .count();
  }

  @Test
  void run_nothingEverPasses_saysWhatToDo() {
    // Logits as far apart as that make probabilities of 0 and 1, which have no gradient.
    GenotypeProtocol protocol = GenotypeProtocol.of(Map.of(BRANCH, protocol(1e6)));
    ZeroSettings settings = ZeroSettings.DEFAULT;
    ZeroSearch search =
        new ZeroSearch(
            settings, BRANCHES, new LossRejection(settings, protocol), OBJECTIVE, each -> {});
    assertThatThrownBy(() -> search.run(7, 1, sofar -> false))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("--threshold");
  }

  @Test
  void run_manyIndividuals_areNotKeptWhenTheyHaveLeftThePopulation() {
    ZeroSettings small =
        new ZeroSettings(50, 20, 0.05, 0.1, 0.5, 2, 3, 20, 8, true, true, true, true, 0);
    List<WeakReference<Individual>> individuals = new ArrayList<>();
    ZeroSearch search =
        new ZeroSearch(
            small,
            BRANCHES,
            new LossRejection(small, evaluator()),
            OBJECTIVE,
            individual -> individuals.add(new WeakReference<>(individual)));
    search.run(7, sofar -> individuals.size() > 3000);
    System.gc();
    long kept = individuals.stream().filter(individual -> individual.get() != null).count();
    // The population of 50 and its ancestors.
    assertThat(kept).isBetween(50L, 1000L);
    assertThat(search).isNotNull(); // reachable until here, and so is its population
  }

  @Test
  void run_tally_addsUp() {
    Found result = search(ZeroSettings.DEFAULT, OBJECTIVE, 60);
    SearchStatistics tally = result.tally();
    assertThat(tally.trained() + tally.reused()).isEqualTo(result.individuals().size());
    long accounted =
        tally.belowThreshold()
            + tally.noGradient()
            + tally.notFinite()
            + tally.repeatedRejected()
            + tally.reused()
            + tally.trained();
    assertThat(accounted).isEqualTo(tally.explored());
    assertThat(tally.reused()).isPositive();
    assertThat(tally.repeatedRejected()).isPositive();
  }

  @Test
  void run_evolution_improvesOnItsRandomBeginning() {
    Found result = search(ZeroSettings.DEFAULT, OBJECTIVE, 200);
    List<Individual> all = result.individuals();
    double beginning =
        all.subList(0, 20).stream().mapToDouble(Individual::score).average().orElseThrow();
    double end =
        all.subList(all.size() - 50, all.size()).stream()
            .mapToDouble(Individual::score)
            .average()
            .orElseThrow();
    assertThat(end).isGreaterThan(beginning + 0.05);
  }

  @Test
  void run_equivalentCandidates_takeTheScoreOfTheFirst() {
    Map<Genotype, Integer> calls = new ConcurrentHashMap<>();
    ZeroSearch.Trainings counting =
        (generation, seed, graphs) -> {
          graphs.forEach(graph -> calls.merge(graph, 1, Integer::sum));
          return OBJECTIVE.train(generation, seed, graphs);
        };
    Found result = search(ZeroSettings.DEFAULT, counting, 80);
    for (Individual individual : result.individuals()) {
      if (individual.duplicateOf() != null) {
        Individual original = result.byId(individual.duplicateOf());
        assertThat(original.duplicateOf()).isNull();
        assertThat(individual.score()).isEqualTo(original.score());
        assertThat(original.id()).isLessThan(individual.id());
      }
    }
    assertThat(calls.values()).containsOnly(1);
    assertThat(calls).hasSize((int) result.tally().trained());
  }

  @Test
  void run_withoutEquivalence_trainsEachCandidate() {
    ZeroSettings settings = ZeroSettings.DEFAULT.with(true, false, true);
    Found result = search(settings, OBJECTIVE, 60);
    assertThat(result.tally().reused()).isZero();
    assertThat(result.tally().repeatedRejected()).isZero();
    assertThat(result.individuals()).hasSize((int) result.tally().trained());
  }

  @Test
  void run_withoutRejection_trainsAllThatIsDrawn() {
    ZeroSettings settings = ZeroSettings.DEFAULT.with(false, false, true);
    Found result = search(settings, OBJECTIVE, 60);
    assertThat(result.tally().explored()).isEqualTo(result.tally().trained());
  }

  @Test
  void run_family_descendsByItsChanges() {
    Found result = search(ZeroSettings.DEFAULT, OBJECTIVE, 120);
    int mutants = 0;
    for (Individual individual : result.individuals()) {
      Candidate candidate = individual.candidate();
      if (candidate.parent() == null) {
        assertThat(candidate.changes()).isEmpty();
      } else if (candidate.changes().isEmpty()) {
        assertThat(individual.genotype()).isEqualTo(candidate.parent().genotype());
      } else {
        mutants++;
        assertThat(candidate.changes()).hasSize(2);
        assertThat(candidate.changes().get(1).result()).isEqualTo(individual.genotype().toString());
        assertThat(candidate.parent().id()).isLessThan(individual.id());
      }
    }
    assertThat(mutants).isGreaterThan(10);
    assertThat(result.individuals().get(5).candidate().parent()).isNull();
  }

  @Test
  void run_population_keepsTheNewest() {
    Population population = new Population(3, 1);
    List<Individual> born = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      Candidate candidate = new Candidate(genotype("yhat"), null, List.of());
      born.add(new Individual(i, candidate, OK, 1 - 0.1 * i, null));
      population.add(born.get(i));
    }
    assertThat(population.snapshot()).isEqualTo(born.subList(2, 5));
    Set<Integer> winners =
        java.util.stream.IntStream.range(0, 100)
            .mapToObj(
                i -> population.tournament(population.snapshot(), RandomStreams.stream(i)).id())
            .collect(Collectors.toSet());
    // Three draws with replacement: mostly the best, sometimes another; never one that has left.
    assertThat(winners).contains(2).isSubsetOf(2, 3, 4);
  }

  @Test
  void run_failingObjective_ends() {
    ZeroSearch.Trainings failing =
        (generation, seed, graphs) -> {
          if (generation == 2) {
            throw new IllegalStateException("out of order");
          }
          return OBJECTIVE.train(generation, seed, graphs);
        };
    assertThatThrownBy(() -> search(ZeroSettings.DEFAULT, failing, 60))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("out of order");
  }

  @Test
  void settings_outOfRange_sayWhich() {
    assertThatThrownBy(
            () -> new ZeroSettings(0, 20, 0.05, 0.1, 0.5, 2, 3, 20, 8, true, true, true, true, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("population: expected 1 or more, got 0");
    assertThatThrownBy(
            () -> new ZeroSettings(1, 20, 0.05, 0.6, 0.5, 2, 3, 20, 8, true, true, true, true, 0))
        .hasMessage("fresh: expected 0 to 1 - copies, got 0.5");
  }
}
