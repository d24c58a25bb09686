package org.autoloss.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.autoloss.nn.Checkpoint;
import org.autoloss.search.LocalExecutor;
import org.autoloss.search.Trial;
import org.autoloss.search.TrialExecutor;
import org.autoloss.search.TrialResult;
import org.autoloss.search.TrialRunner;
import org.autoloss.search.Workers;
import org.autoloss.storage.Stage;
import org.autoloss.task.Split;
import org.autoloss.task.Task;
import org.autoloss.task.TaskModel;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An executor on a real cluster: master, two workers and executors are processes of their own. */
class SparkExecutorTest {
  @TempDir private static Path folder;
  private static final List<String> MESSAGES = new CopyOnWriteArrayList<>();
  private static ClusterProcesses processes;
  private static SparkCluster cluster;

  @TempDir private Path own;

  @BeforeAll
  static void connect() throws IOException {
    processes = new ClusterProcesses(folder, 2);
    Map<String, String> settings = processes.settings();
    settings.put("spark.autoloss.audit", "1");
    cluster = SparkCluster.open(processes.url(), settings, MESSAGES::add);
  }

  @AfterAll
  static void disconnect() {
    cluster.close();
    processes.close();
  }

  private static TrialRunner runner(Task task) {
    return runner(task, TrialRunner.Listener.NONE);
  }

  private static TrialRunner runner(Task task, TrialRunner.Listener listener) {
    try (TaskModel model = task.begin(Split.WARM, 1)) {
      Checkpoint warm = model.checkpoint();
      return new TrialRunner(task, warm, listener);
    }
  }

  private static List<Trial> trials(int count) {
    List<Trial> trials = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      trials.add(trial(i, i + 1 + "*ce"));
    }
    return trials;
  }

  private static Trial trial(int sample, String loss) {
    String name = "step 0 sample " + sample;
    return new Trial(Stage.PROXY, 0, sample, sample, name, loss, Trial.Work.of(3, Split.REWARD));
  }

  private static List<TrialResult> evaluate(Task task, List<Trial> trials) {
    try (TrialExecutor executor = cluster.executor(runner(task))) {
      return executor.evaluate(trials, (trial, result) -> {});
    }
  }

  @Test
  void evaluate_severalTrials_givesWhatThreadsOfThisProcessGive() {
    Task task = new ToyTask("", 0, "usual");
    List<TrialResult> results = evaluate(task, trials(6));
    try (Workers workers = Workers.of(1)) {
      List<TrialResult> here =
          new LocalExecutor(runner(task), workers).evaluate(trials(6), (trial, result) -> {});
      assertThat(results)
          .extracting(TrialResult::metrics)
          .isEqualTo(here.stream().map(TrialResult::metrics).toList());
    }
    assertThat(results).extracting(TrialResult::machine).allMatch(m -> m.startsWith("127.0.0.1 "));
    assertThat(results.stream().map(TrialResult::metrics).distinct()).hasSize(6);
    assertThat(cluster.parallelism()).isEqualTo(2);
  }

  @Test
  void evaluate_lossThatDiverges_isAResult() {
    TrialResult result = evaluate(new ToyTask("", 0, "diverge"), trials(1)).get(0);
    assertThat(result.status()).isEqualTo(TrialResult.Status.NOT_FINITE);
  }

  @Test
  void evaluate_candidateThatKillsItsProcess_hasCrashedAndTheOthersGoOn() {
    List<TrialResult> results = evaluate(new ToyTask("", 0, "crash"), trials(4));
    assertThat(results)
        .extracting(TrialResult::status)
        .containsExactly(
            TrialResult.Status.CRASHED,
            TrialResult.Status.OK,
            TrialResult.Status.CRASHED,
            TrialResult.Status.OK);
    assertThat(MESSAGES)
        .anyMatch(m -> m.matches("step 0 sample 2: each process that trained it died, the last .*"))
        .anyMatch(m -> m.matches("executor \\d+ is gone \\(.*134.*\\); what it trained begins .*"));
  }

  @Test
  void evaluate_lossThatIsNone_isRefusedWithItsMachine() {
    assertThatThrownBy(() -> evaluate(new ToyTask("", 0, "usual"), List.of(trial(0, "nothing"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageMatching("127\\.0\\.0\\.1 executor \\d+: .*got 'nothing'.*");
  }

  @Test
  void evaluate_otherDataOnTheExecutors_areRefused() throws IOException {
    Path data = Files.writeString(own.resolve("data.txt"), "one");
    Task task = new ToyTask(data.toString(), 0, "usual");
    TrialRunner runner = runner(task);
    try (TrialExecutor executor = cluster.executor(runner)) {
      Files.writeString(data, "other"); // as if it lay on another machine
      assertThatThrownBy(() -> executor.evaluate(trials(1), (trial, result) -> {}))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(data + ": expected the files that the driver has, got others")
          .hasMessageContaining("(train differs by its checksum)");
      Files.delete(data);
      assertThatThrownBy(() -> executor.evaluate(trials(1), (trial, result) -> {}))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(data + ": expected the toy's file, got none");
    }
  }

  @Test
  void evaluate_twoMachinesThatDisagree_areBothNamedAndTheFirstResultStays() throws Exception {
    // All trials are trained twice here; one executor may get both, and all of them while the
    // other one begins anew, whose process another test has killed.
    List<TrialResult> results = new ArrayList<>();
    try (TrialExecutor executor = cluster.executor(runner(new ToyTask("", 50, "unsteady")))) {
      for (int i = 0; i < 60 && told().isEmpty(); i++) {
        results.addAll(executor.evaluate(trials(12), (trial, result) -> {}));
        TimeUnit.MILLISECONDS.sleep(500);
      }
    }
    assertThat(results).isNotEmpty().allMatch(TrialResult::ok);
    assertThat(told())
        .isNotEmpty()
        .allMatch(m -> m.matches(".*executor \\d+.*executor \\d+.*; the first result stays"));
  }

  private static List<String> told() {
    return MESSAGES.stream().filter(m -> m.contains("first result stays")).toList();
  }

  @Test
  void submit_networkThatIsWanted_comesBack() {
    Trial wanted = trial(1, "ce");
    List<Double> seen = new CopyOnWriteArrayList<>();
    TrialRunner.Listener listener =
        new TrialRunner.Listener() {
          @Override
          public boolean wants(Trial trial) {
            return trial.equals(wanted);
          }

          @Override
          public void trained(Trial trial, TaskModel model) {
            model.evaluate(Split.TEST).values().values().forEach(seen::add);
          }
        };
    TrialRunner runner = runner(new ToyTask("", 0, "usual"), listener);
    try (TrialExecutor executor = cluster.executor(runner)) {
      executor.submit(trial(0, "ce")).join();
      assertThat(seen).isEmpty();
      TrialResult result = executor.submit(wanted).join();
      assertThat(seen).containsExactlyElementsOf(result.metrics().values());
    }
  }

  @Test
  void requireViable_executorsThatDieAsTheyBegin_saysWhy() {
    List<String> told = new ArrayList<>();
    ExecutorWatch watch = new ExecutorWatch(told::add);
    for (int i = 0; i < 8; i++) {
      watch.requireViable();
      watch.onExecutorRemoved(
          new SparkListenerExecutorRemoved(0, Integer.toString(i), "Command exited with code 1"));
    }
    assertThatThrownBy(watch::requireViable)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(
            "got 8 in a row that died as they began (Command exited with code 1)");
    assertThat(told).hasSize(1);
  }

  @Test
  void cancel_trainingThatGoesOn_freesItsExecutor() {
    try (TrialExecutor executor = cluster.executor(runner(new ToyTask("", 600_000, "usual")))) {
      var slow = trials(4).stream().map(executor::submit).toList();
      slow.forEach(each -> each.cancel(true));
    }
    assertThat(evaluate(new ToyTask("", 0, "usual"), trials(4))).allMatch(TrialResult::ok);
  }
}
