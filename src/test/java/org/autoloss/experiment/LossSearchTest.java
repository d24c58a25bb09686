package org.autoloss.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.autoloss.Device;
import org.autoloss.graph.RejectionSettings;
import org.autoloss.internal.Json;
import org.autoloss.loss.LossSet;
import org.autoloss.metric.ObjectiveMetric;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.autoloss.report.RunReport;
import org.autoloss.search.ProgressListener;
import org.autoloss.search.RandomSearch;
import org.autoloss.search.SearchMethod;
import org.autoloss.search.Workers;
import org.autoloss.search.evolution.AutoLossZero;
import org.autoloss.search.evolution.ZeroSettings;
import org.autoloss.search.ppo.AutoSegLoss;
import org.autoloss.search.ppo.PpoSettings;
import org.autoloss.storage.Entry;
import org.autoloss.storage.RunFolder;
import org.autoloss.storage.Stage;
import org.autoloss.task.RejectionPlan;
import org.autoloss.task.Task;
import org.autoloss.task.ToyTask;
import org.autoloss.task.TwoBranchTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The one flow, with each method, on a task that it has never seen. */
class LossSearchTest {
  private static final Set<String> HURDLE = Set.of("mAcc/@hurdle");

  @TempDir private Path folder;

  static Stream<SearchMethod> methods() {
    AutoLossZero zero = (AutoLossZero) zero(false);
    return Stream.of(
        new AutoSegLoss(PpoSettings.of(2, 3)),
        new RandomSearch(2, 3),
        zero,
        new AutoLossZero(zero.settings().asynchronous(), zero.rejection(), zero.proxies()),
        halving(zero.settings().withGeneration(4)),
        halving(zero.settings().asynchronous()));
  }

  /** A beginning of two, so that later ones have a bar. */
  private static SearchMethod halving(ZeroSettings usual) {
    AutoLossZero zero = (AutoLossZero) zero(false);
    ZeroSettings settings = usual.withSelection(2, 0.5, 0.5).withHalving(0.5);
    return new AutoLossZero(settings, zero.rejection(), 30);
  }

  private static SearchMethod zero(boolean rejection) {
    return new AutoLossZero(
        ZeroSettings.DEFAULT.with(rejection, false, true),
        new RejectionPlan(RejectionSettings.of(SegmentationMetric.MACC), 2, 8, Device.CPU),
        6);
  }

  private static SearchPlan plan(SearchMethod method) {
    return new SearchPlan(ObjectiveMetric.of(SegmentationMetric.MACC), method, 3, 2, 3, 2, 2, 2, 5);
  }

  private RunFolder run(SearchMethod method, Path run, LossSearch.Executors executors)
      throws IOException {
    SearchPlan plan = plan(method);
    RunFolder log =
        RunFolder.open(run, method.name(), LossSearch.configuration(ToyTask.USUAL, plan));
    new LossSearch(ToyTask.USUAL, plan, log, ProgressListener.NONE).run(executors);
    return log;
  }

  @ParameterizedTest
  @MethodSource("methods")
  void run_anyMethod_leavesALossAndATable(SearchMethod method) throws IOException {
    Path run = folder.resolve("run");
    try (Workers workers = Workers.of(2);
        RunFolder log = run(method, run, LossSearch.Executors.local(workers))) {
      assertThat(log.entries(Stage.PROXY)).hasSize((int) method.proxies());
      assertThat(run.resolve("found.json")).content().contains(method.title());
      assertThat(run.resolve("table.md")).content().contains("cross entropy", "searched", "mAcc");
    }
  }

  @ParameterizedTest
  @MethodSource("methods")
  void run_again_asksForNothingAndEndsTheSame(SearchMethod method) throws IOException {
    Path run = folder.resolve("run");
    try (Workers workers = Workers.of(2)) {
      run(method, run, LossSearch.Executors.local(workers)).close();
    }
    List<String> before = documents(run);
    try (Workers none = Workers.of(1)) {
      none.close(); // a training would be refused
      run(method, run, LossSearch.Executors.local(none)).close();
    }
    assertThat(documents(run)).isEqualTo(before);
  }

  private static List<String> documents(Path run) throws IOException {
    return List.of(
        Files.readString(run.resolve("found.json")), Files.readString(run.resolve("table.json")));
  }

  @Test
  void run_halving_endsTheWorseHalfOfProxiesForAnyNumberOfWorkers() throws IOException {
    SearchMethod method = halving(ZeroSettings.DEFAULT.with(false, false, true).withGeneration(4));
    List<String> documents = new ArrayList<>();
    for (int workers : new int[] {1, 3}) {
      Path run = folder.resolve("run" + workers);
      try (Workers pool = Workers.of(workers);
          RunFolder log = run(method, run, LossSearch.Executors.local(pool))) {
        List<Entry> proxies = log.entries(Stage.PROXY);
        List<Entry> stopped =
            proxies.stream().filter(each -> each.outcome().decision().equals("stopped")).toList();
        assertThat(stopped).hasSizeBetween(3, 22);
        assertThat(stopped).allMatch(each -> each.outcome().metrics().keySet().equals(HURDLE));
        assertThat(stopped).allMatch(each -> each.step() > 1); // four have a median
        assertThat(proxies)
            .filteredOn(each -> each.outcome().decision().equals("ok"))
            .allMatch(each -> each.outcome().metrics().containsKey("mAcc/@hurdle"))
            .allMatch(each -> each.outcome().metrics().containsKey("mAcc"));
        long ended =
            proxies.stream().filter(each -> !each.outcome().decision().equals("ok")).count();
        assertThat(Files.readString(run.resolve("tally.json"))).contains("\"stopped\" : " + ended);
      }
      documents.addAll(documents(run));
    }
    assertThat(documents.subList(2, 4)).isEqualTo(documents.subList(0, 2));
  }

  @Test
  void run_taskWithoutARejectionProtocol_trainsAllCandidates() throws IOException {
    try (Workers workers = Workers.of(2);
        RunFolder log =
            run(zero(true), folder.resolve("run"), LossSearch.Executors.local(workers))) {
      assertThat(log.entries(Stage.PROXY)).hasSize(6);
      assertThat(log.decisions(Stage.EXPLORED)).containsOnly(Map.entry("trained", 6L));
    }
  }

  @Test
  void configuration_methodThatTheTaskDoesNotServe_isRefusedBeforeAnythingIsMade() {
    Task two = new TwoBranchTask();
    assertThatThrownBy(() -> LossSearch.configuration(two, plan(new RandomSearch(2, 3))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected one branch of classes");
    assertThatThrownBy(() -> LossSearch.configuration(two, plan(zero(List.of("objects", "boxes")))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("branches: expected some of classes, objects, got 'boxes'");
  }

  private static AutoLossZero zero(List<String> branches) {
    AutoLossZero all = (AutoLossZero) zero(true);
    return new AutoLossZero(all.settings(), all.rejection(), 30, branches);
  }

  @ParameterizedTest
  @CsvSource({"'',graph,graph", "classes,graph,dice", "objects,ce,graph"})
  void run_branches_searchesTheirLossesAndKeepsTheOthers(
      String branches, String classes, String objects) throws IOException {
    List<String> searched = branches.isEmpty() ? List.of() : List.of(branches.split(","));
    SearchPlan plan = plan(zero(searched));
    Task task = new TwoBranchTask();
    Path run = folder.resolve("run");
    ObjectNode configuration = LossSearch.configuration(task, plan);
    assertThat(SearchPlan.of(configuration, task.metrics()).toJson()).isEqualTo(plan.toJson());
    try (Workers workers = Workers.of(2);
        RunFolder log = RunFolder.open(run, "zero", configuration)) {
      LossSearch search = new LossSearch(task, plan, log, ProgressListener.NONE);
      search.run(LossSearch.Executors.local(workers));
    }
    JsonNode losses = Json.MAPPER.readTree(run.resolve("candidate.json").toFile()).path("losses");
    assertThat(kind(losses.path("classes"))).isEqualTo(classes);
    assertThat(kind(losses.path("objects"))).isEqualTo(objects);
    assertThat(run.resolve("table.md")).content().contains("baseline", "searched");
    LossSet.parse(run.resolve("candidate.json").toString(), task.branchNames()).close();
    assertThat(RunReport.of(run)).contains("objects: ", "baseline");
  }

  /** Of a loss, or of the one that is weighted. */
  private static String kind(JsonNode loss) {
    JsonNode terms = loss.path("terms");
    return (terms.size() == 1 ? terms.get(0).path("loss") : loss).path("kind").asText();
  }
}
