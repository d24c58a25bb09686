package org.autoloss.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import org.autoloss.Device;
import org.autoloss.graph.RejectionSettings;
import org.autoloss.internal.RandomStreams;
import org.autoloss.metric.ObjectiveMetric;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.autoloss.search.ProgressListener;
import org.autoloss.search.Trial;
import org.autoloss.search.TrialExecutor;
import org.autoloss.search.TrialResult;
import org.autoloss.search.evolution.AutoLossZero;
import org.autoloss.search.evolution.ZeroSettings;
import org.autoloss.storage.Entry;
import org.autoloss.storage.RunFolder;
import org.autoloss.storage.Stage;
import org.autoloss.task.RejectionPlan;
import org.autoloss.task.ToyTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A search without generations: whoever is free trains, and the journal has the order. */
class AsynchronousSearchTest {
  private static final int PROXIES = 40;

  @TempDir private Path folder;

  private static SearchPlan plan() {
    // A beginning of four, so that most are children of whoever has ended before them.
    ZeroSettings settings =
        new ZeroSettings(10, 4, 0.5, 0.1, 0.1, 2, 3, 20, 0, false, false, true, true, 0);
    AutoLossZero method =
        new AutoLossZero(
            settings,
            new RejectionPlan(RejectionSettings.of(SegmentationMetric.MACC), 2, 8, Device.CPU),
            PROXIES);
    return new SearchPlan(ObjectiveMetric.of(SegmentationMetric.MACC), method, 1, 2, 3, 2, 1, 1, 5);
  }

  /** Ends what it holds in a random order, when the next one comes or nothing else is asked. */
  private static final class Shuffled implements TrialExecutor {
    private final Map<Trial, CompletableFuture<TrialResult>> held = new LinkedHashMap<>();
    private final List<Trial> asked = new ArrayList<>();
    private final int slots;
    private final int last;
    private final RandomGenerator random;

    Shuffled(int slots, int last, long seed) {
      this.slots = slots;
      this.last = last;
      random = RandomStreams.stream(seed);
    }

    @Override
    public CompletableFuture<TrialResult> submit(Trial trial) {
      if (asked.size() == last) {
        throw new IllegalStateException("killed");
      }
      asked.add(trial);
      CompletableFuture<TrialResult> result = new CompletableFuture<>();
      if (trial.stage() != Stage.PROXY) {
        result.complete(result(trial));
        return result;
      }
      held.put(trial, result);
      int wanted = PROXIES - trial.step() == 1 ? 0 : slots - 1; // after the last one, all end
      while (held.size() > wanted) {
        List<Trial> trials = List.copyOf(held.keySet());
        Trial next = trials.get(random.nextInt(trials.size()));
        held.remove(next).complete(result(next));
      }
      return result;
    }

    private static TrialResult result(Trial trial) {
      double score = RandomStreams.stream(trial.loss().hashCode()).nextDouble();
      return new TrialResult(TrialResult.Status.OK, Map.of("mAcc", score), 1);
    }

    @Override
    public int parallelism() {
      return slots;
    }

    @Override
    public void close() {}
  }

  private void search(Path run, TrialExecutor executor) throws IOException {
    SearchPlan plan = plan();
    try (RunFolder log =
        RunFolder.open(run, "zero", LossSearch.configuration(ToyTask.USUAL, plan))) {
      new LossSearch(ToyTask.USUAL, plan, log, ProgressListener.NONE).run(runner -> executor);
    }
  }

  private static List<Entry> entries(Path run, Stage stage) throws IOException {
    try (RunFolder log = RunFolder.resume(run)) {
      return log.entries(stage);
    }
  }

  @Test
  void search_killedAndResumedWithOtherWorkers_repeatsItsOrder() throws IOException {
    Path run = folder.resolve("run");
    Shuffled first = new Shuffled(5, 12, 1);
    assertThatThrownBy(() -> search(run, first)).hasMessage("killed");
    List<Entry> before = entries(run, Stage.INDIVIDUAL);
    Shuffled second = new Shuffled(2, 9, 2);
    assertThatThrownBy(() -> search(run, second)).hasMessage("killed");
    Shuffled third = new Shuffled(3, Integer.MAX_VALUE, 3);
    search(run, third);

    List<Entry> individuals = entries(run, Stage.INDIVIDUAL);
    // A repetition in another order would leave a second individual at the same place.
    assertThat(individuals).hasSize(PROXIES);
    assertThat(individuals.subList(0, before.size())).isEqualTo(before).isNotEmpty();
    assertThat(individuals).extracting(Entry::sample).doesNotHaveDuplicates();
    assertThat(entries(run, Stage.PROXY)).hasSize(PROXIES);
    // The order is none of a queue, else nothing was tested.
    assertThat(ended(run)).hasSize(PROXIES).doesNotHaveDuplicates().isNotEqualTo(sorted(run));
    // What had ended is not trained again; what was under way is, in each session once at most.
    long again = first.asked.stream().filter(second.asked::contains).count();
    assertThat(again).isLessThanOrEqualTo(4);

    String found = Files.readString(run.resolve("found.json"));
    Shuffled none = new Shuffled(7, 0, 4);
    search(run, none);
    assertThat(none.asked).isEmpty();
    assertThat(run.resolve("found.json")).hasContent(found);
    assertThat(entries(run, Stage.INDIVIDUAL)).isEqualTo(individuals);
  }

  private static List<Integer> ended(Path run) throws IOException {
    return entries(run, Stage.SCHEDULE).stream()
        .filter(entry -> entry.outcome().decision().equals("ended"))
        .map(entry -> Integer.valueOf(entry.content()))
        .toList();
  }

  private static List<Integer> sorted(Path run) throws IOException {
    return ended(run).stream().sorted().toList();
  }

  @Test
  void search_oneTrainingThatTakesLong_holdsNobodyUp() throws IOException {
    Path run = folder.resolve("run");
    CompletableFuture<TrialResult> slow = new CompletableFuture<>();
    Shuffled others = new Shuffled(1, Integer.MAX_VALUE, 1);
    TrialExecutor executor =
        new TrialExecutor() {
          @Override
          public CompletableFuture<TrialResult> submit(Trial trial) {
            if (trial.stage() == Stage.PROXY && trial.step() == PROXIES - 1) {
              slow.complete(Shuffled.result(trial)); // not before the last one has begun
            }
            return trial.stage() == Stage.PROXY && trial.step() == 2 ? slow : others.submit(trial);
          }

          @Override
          public int parallelism() {
            return 2;
          }

          @Override
          public void close() {}
        };
    search(run, executor);
    assertThat(entries(run, Stage.INDIVIDUAL)).hasSize(PROXIES);
    assertThat(ended(run).indexOf(2)).isGreaterThan(PROXIES - 3);
  }
}
