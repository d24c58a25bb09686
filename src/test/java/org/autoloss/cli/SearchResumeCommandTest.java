package org.autoloss.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.autoloss.Kernels;
import org.autoloss.storage.Entry;
import org.autoloss.storage.RunFolder;
import org.autoloss.storage.RunReader;
import org.autoloss.storage.Stage;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Budgets, and going on after them; {@link SearchFaultTest} kills. */
class SearchResumeCommandTest {
  private static final String SIZES =
      " --crop 32 --width 2 --batch 2 --warm-steps 2 --proxy-steps 2 --final-steps 2 --seeds 1";

  @TempDir private static Path shared;
  @TempDir private Path folder;

  @BeforeAll
  static void drawScenes() {
    String line = "data scenes --size 32 --warm 6 --train 6 --reward 4 --test 4 --out ";
    assertThat(run(line + shared.resolve("scenes")).exitCode()).isZero();
  }

  private static CommandLineRun run(String line) {
    return CommandLineRun.of((Object[]) line.split(" "));
  }

  private String asl(String name, String more) {
    return ("search asl --metric mIoU --data %s --out %s --name %s --steps 4 --samples 3 --top 1"
                + " --start identity --with none --baseline none")
            .formatted(shared.resolve("scenes"), folder, name)
        + SIZES
        + more;
  }

  private String zero(String name, String more) {
    return "search zero --metric mAcc --data %s --out %s --name %s --proxies 24 --top 2"
            .formatted(shared.resolve("scenes"), folder, name)
        + " --sample-size 16 --samples 3 --seed 3"
        + SIZES
        + more;
  }

  private static CommandLineRun succeeded(CommandLineRun run) {
    assertThat(run.exitCode()).as(run.err()).isZero();
    return run;
  }

  private JsonNode found(String name) throws IOException {
    return new ObjectMapper().readTree(folder.resolve(name + "/found.json").toFile());
  }

  private List<Entry> entries(String name, Stage stage) throws IOException {
    try (RunReader reader = RunReader.open(folder.resolve(name))) {
      return reader.entries(stage).stream().map(SearchProcess::withoutSeconds).toList();
    }
  }

  @Test
  void asl_endedByCandidatesThenResumedWithout_endsLikeOneWithoutLimit() throws IOException {
    succeeded(run(asl("whole", "")));
    CommandLineRun part = succeeded(run(asl("part", " --candidates 5 --workers 1")));
    assertThat(part.err())
        // Two whole steps of three and a mean; then those of three losses and of the table.
        .containsPattern("cost: at most about 0:\\d+ minutes for 13 trainings by 1 workers")
        .contains("MB of memory", "MB of disk")
        .contains("search ended after 6 candidates by its candidates 5");
    // Two steps of three, and the mean that they led to.
    assertThat(entries("part", Stage.PROXY)).hasSize(2 * 3 + 1);
    assertThat(found("part").at("/provenance/ended/candidates").asInt()).isEqualTo(6);

    String resume = "search resume " + folder.resolve("part");
    String first = Files.readString(folder.resolve("part/found.json"));
    succeeded(run(resume)); // the same limit: nothing is left to do
    assertThat(entries("part", Stage.PROXY)).hasSize(2 * 3 + 1);
    assertThat(folder.resolve("part/found.json")).content().isEqualTo(first);

    succeeded(run(resume + " --candidates 0 --workers 2"));
    assertThat(entries("part", Stage.PROXY)).isEqualTo(entries("whole", Stage.PROXY));
    for (String file : List.of("found.json", "table.md", "table.json")) {
      assertThat(folder.resolve("part").resolve(file))
          .hasSameTextualContentAs(folder.resolve("whole").resolve(file));
    }
  }

  @Test
  void resume_completeRunByASmallerBudget_leavesTheResultAndNoLimit() throws IOException {
    succeeded(run(asl("whole", "")));
    assertUnchangedBy("whole", " --budget 1s", "the limit changes nothing");
    assertUnchangedBy("whole", " --candidates 3", "the limit changes nothing");
    assertUnchangedBy("whole", "", "");
    try (RunReader reader = RunReader.open(folder.resolve("whole"))) {
      assertThat(reader.events()).isEmpty();
    }
    succeeded(run(zero("evolved", "")));
    assertUnchangedBy("evolved", " --candidates 1", "the limit changes nothing");
  }

  @Test
  void resume_endedRunByASmallerBudget_countsWhatWasMeasured() throws IOException {
    succeeded(run(asl("part", " --candidates 6")));
    assertThat(entries("part", Stage.PROXY)).hasSize(2 * 3 + 1);
    CommandLineRun less =
        succeeded(run("search resume " + folder.resolve("part") + " --candidates 2"));
    assertThat(less.err()).contains("search ended after 6 candidates by its candidates 2");
    assertThat(entries("part", Stage.PROXY)).hasSize(2 * 3 + 1);
    succeeded(run(zero("evolved", " --candidates 2000")));
    List<Entry> explored = entries("evolved", Stage.EXPLORED);
    String tally = Files.readString(folder.resolve("evolved/tally.json"));
    succeeded(run("search resume " + folder.resolve("evolved") + " --budget 0.001s"));
    assertThat(entries("evolved", Stage.EXPLORED)).isEqualTo(explored);
    assertThat(folder.resolve("evolved/tally.json")).content().isEqualTo(tally);
  }

  private void assertUnchangedBy(String name, String options, String message) throws IOException {
    List<String> files = List.of("found.json", "table.md", "table.json");
    List<String> before = new ArrayList<>();
    for (String file : files) {
      before.add(Files.readString(folder.resolve(name).resolve(file)));
    }
    CommandLineRun resumed = succeeded(run("search resume " + folder.resolve(name) + options));
    assertThat(resumed.err()).contains(message);
    for (int i = 0; i < files.size(); i++) {
      assertThat(folder.resolve(name).resolve(files.get(i))).content().isEqualTo(before.get(i));
    }
  }

  @Test
  void search_allTrainingsDiverge_saysSoAndNamesNoLoss() {
    CommandLineRun asl =
        run(asl("a", " --learning-rate 1e30").replace("--warm-steps 2", "--warm-steps 1"));
    assertThat(asl.exitCode()).isEqualTo(1);
    assertThat(asl.err()).contains("autoloss: search: expected a loss that trains, got none");
    assertThat(asl.out()).doesNotContain("found.json");
    assertThat(folder.resolve("a/found.json")).doesNotExist();
    assertThat(succeeded(run("runs list " + folder)).out())
        .containsPattern("/a +asl +mIoU +diverged");
    String show = succeeded(run("runs show " + folder.resolve("a"))).out();
    assertThat(show).contains("All its trainings diverged").doesNotContain("search resume");
    assertThat(run("search resume " + folder.resolve("a")).err()).contains("a loss that trains");
  }

  @Test
  void asl_budgetOfNoTime_endsAfterTheFirstStepAndThereAgain() throws IOException {
    assertThat(succeeded(run(asl("short", " --budget 0.001s"))).err())
        .containsPattern("cost: at most about 0:\\d+ minutes for 10 trainings by 2 workers");
    assertThat(entries("short", Stage.PROXY)).hasSize(3 + 1);
    String found = Files.readString(folder.resolve("short/found.json"));
    assertThat(found).contains("budget of 0 s");
    succeeded(run("search resume " + folder.resolve("short")));
    assertThat(folder.resolve("short/found.json")).content().isEqualTo(found);
  }

  @Test
  void zero_endedByCandidatesThenResumedWithout_endsLikeOneWithoutLimit() throws IOException {
    succeeded(run(zero("whole", "")));
    succeeded(run(zero("part", " --candidates 2000 --workers 1")));
    assertThat(entries("part", Stage.EXPLORED).size())
        .isLessThan(entries("whole", Stage.EXPLORED).size());
    succeeded(run("search resume " + folder.resolve("part") + " --candidates 0"));
    for (Stage stage : List.of(Stage.EXPLORED, Stage.INDIVIDUAL, Stage.PROXY)) {
      assertThat(entries("part", stage)).isEqualTo(entries("whole", stage));
    }
    for (String file : List.of("found.json", "table.md", "family.json", "tally.json")) {
      assertThat(folder.resolve("part").resolve(file))
          .hasSameTextualContentAs(folder.resolve("whole").resolve(file));
    }
  }

  @Test
  void resume_changedData_isRefused() throws IOException {
    Path data = folder.resolve("data");
    String scenes = "data scenes --size 32 --warm 6 --train 6 --reward 4 --test 4 --out ";
    succeeded(run(scenes + data));
    succeeded(
        run(
            asl("moved", " --candidates 1")
                .replace(shared.resolve("scenes").toString(), data.toString())));
    Path moved = Files.move(data, folder.resolve("elsewhere"));
    String resume = "search resume " + folder.resolve("moved");
    assertThat(run(resume).err()).contains("autoloss: " + data + ": ");
    succeeded(run(resume + " --data " + moved));
    CommandLineRun other = run(resume + " --data " + other(scenes));
    assertThat(other.exitCode()).isEqualTo(1);
    assertThat(other.err()).contains("expected the data that the run began with");
  }

  private Path other(String scenes) {
    Path other = folder.resolve("other");
    succeeded(run(scenes + other + " --seed 9"));
    return other;
  }

  @Test
  void resume_notASearch_saysWhatToDo() throws IOException {
    assertThat(run("search resume " + folder).err())
        .isEqualToNormalizingNewlines(
            "autoloss: "
                + folder
                + ": expected the folder of a run, got one without run.db; list the runs with:"
                + " autoloss runs list\n");
    ObjectNode configuration = new ObjectMapper().createObjectNode();
    RunFolder.create(folder.resolve("t"), "table", configuration).close();
    assertThat(run("search resume " + folder.resolve("t")).err()).contains("got a table; repeat");
  }

  @Test
  void resume_beganOnAGpuThatIsNotHere_saysWhatToDo() throws IOException {
    Assumptions.assumeTrue(Kernels.cudaDevices() == 0, "this machine has a GPU");
    succeeded(run(zero("here", " --candidates 1")));
    ObjectNode configuration;
    try (RunReader reader = RunReader.open(folder.resolve("here"))) {
      configuration = reader.info().configuration();
    }
    ((ObjectNode) configuration.at("/search/rejection")).put("device", "cuda:1");
    Path elsewhere = folder.resolve("elsewhere");
    RunFolder.create(elsewhere, "zero", configuration).close();
    CommandLineRun resumed = run("search resume " + elsewhere);
    assertThat(resumed.exitCode()).isEqualTo(1);
    assertThat(resumed.err())
        .contains(
            "autoloss: %s, which screens on cuda:1: expected a GPU, got none (%s); go on where"
                .formatted(elsewhere, Kernels.cudaStatus()));
  }

  @Test
  void resume_beganWithAnEarlierVersion_isRefusedAndLeavesItsLimit() throws IOException {
    succeeded(run(zero("here", " --candidates 1")));
    ObjectNode configuration;
    try (RunReader reader = RunReader.open(folder.resolve("here"))) {
      configuration = reader.info().configuration();
    }
    configuration.remove("format");
    Path before = folder.resolve("before");
    RunFolder.create(before, "zero", configuration).close();
    CommandLineRun resumed = run("search resume " + before + " --candidates 2");
    assertThat(resumed.exitCode()).isEqualTo(1);
    assertThat(resumed.err())
        .contains("autoloss: " + before + ": ", "got one of an earlier version");
    try (RunReader reader = RunReader.open(before)) {
      assertThat(reader.events()).isEmpty();
    }
  }

  @Test
  void search_badBudget_isRefusedBeforeAnythingIsMade() {
    assertThat(run(asl("x", " --budget 3d")).err())
        .contains("--budget: expected a number with s, m or h");
    assertThat(run(asl("x", " --candidates -1")).err()).contains("candidates: expected at least 1");
    assertThat(folder.resolve("x")).doesNotExist();
  }

  @Test
  void runs_ofASearch_areListedShownAndExported() throws IOException {
    succeeded(run(asl("whole", "")));
    RunFolder.create(folder.resolve("t"), "table", new ObjectMapper().createObjectNode()).close();
    String list = succeeded(run("runs list " + folder)).out();
    assertThat(list.lines().findFirst().orElseThrow())
        .matches("run +method +metric +status +began +time +proxies +best");
    assertThat(list).containsPattern("whole +asl +mIoU +complete +20.* 13 +\\d+\\.\\d\\d\\n");
    assertThat(list).containsPattern("/t +table +interrupted");
    String show = succeeded(run("runs show " + folder.resolve("whole"))).out();
    assertThat(show).contains("proxy         ok 13").contains("| searched ");
    String csv = succeeded(run("runs export " + folder.resolve("whole"))).out();
    assertThat(csv.lines().findFirst().orElseThrow())
        .startsWith("stage,step,sample,seed,name,content,");
    assertThat(csv.lines()).hasSize(1 + 13 + 3 + 3);
    Path file = folder.resolve("export.jsonl");
    String export = "runs export " + folder.resolve("whole") + " --format json --stage proxy";
    succeeded(run(export + " --out " + file));
    List<String> lines = Files.readAllLines(file);
    assertThat(lines).hasSize(13);
    JsonNode proxy = new ObjectMapper().readTree(lines.get(4));
    assertThat(proxy.path("name").asText()).isEqualTo("step 1 sample 1");
    assertThat(proxy.at("/metrics/mIoU").asDouble()).isEqualTo(proxy.path("score").asDouble());
    assertThat(run("runs list " + folder.resolve("none")).err()).contains("expected a folder");
  }
}
