package org.autoloss.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.autoloss.cli.CommandLineRun.succeeded;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.autoloss.storage.Entry;
import org.autoloss.storage.RunReader;
import org.autoloss.storage.Stage;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code autoloss search zero --task detection}, on a few tiny scenes, with rejection. */
class DetectionSearchTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private static Path scenes;
  @TempDir private static Path runs;

  @BeforeAll
  static void drawScenes() {
    succeeded(
        "data scenes --task detection --size 64 --warm 6 --train 8 --reward 3 --test 3 --out "
            + scenes);
  }

  private static String search(String branches, String name, int proxies) {
    return "search zero --task detection --metric AP50 --base-size 64x64 --batch 2 --warm-steps 10"
        + " --proxy-steps 1 --final-steps 1 --seeds 1 --top 4 --samples 2 --proxies "
        + proxies
        + " --set regionSamples=24 --set candidates=100 --set proposals=40 --learning-rate 0.002"
        + " --network fasterrcnn:mobilenet_v2,levels=3,channels=16,width=32,anchor_size=16"
        + " --data "
        + scenes
        + " --out "
        + runs
        + " --name "
        + name
        + branches;
  }

  private static JsonNode tally(String run) throws IOException {
    return JSON.readTree(runs.resolve(run).resolve("tally.json").toFile());
  }

  private static List<Entry> individuals(String run) throws IOException {
    try (RunReader reader = RunReader.open(runs.resolve(run))) {
      return reader.entries(Stage.INDIVIDUAL);
    }
  }

  @Test
  void search_branchByBranchThenJointly_beginsWithWhatWasFound() throws IOException {
    succeeded(search(" --branches loss_box_reg", "boxes", 3));
    assertThat(tally("boxes").path("trained").asInt()).isEqualTo(3);
    assertThat(tally("boxes").path("belowThreshold").asInt()).isPositive();
    assertThat(tally("boxes").has("branches")).isFalse();
    succeeded(search(" --branches loss_classifier", "classes", 2));
    String from = " --from " + runs.resolve("boxes") + "," + runs.resolve("classes");
    String joint = search(" --branches loss_classifier,loss_box_reg" + from, "joint", 4);
    CommandLineRun all = succeeded(joint);
    assertThat(all.err()).contains("loss_box_reg, rejected: ");
    assertThat(tally("joint").path("branches").path("loss_box_reg").path("below_threshold").asInt())
        .isPositive();
    String best = best("classes") + ";" + best("boxes");
    assertThat(individuals("joint").get(0).content()).isEqualTo(best);
    resumed(joint.replace("--name joint", "--name again"));
  }

  /** The graph of the best individual, behind the name of its branch. */
  private static String best(String run) throws IOException {
    Entry best =
        individuals(run).stream()
            .reduce((a, b) -> b.outcome().score() > a.outcome().score() ? b : a)
            .orElseThrow();
    return (run.equals("boxes") ? "loss_box_reg=" : "loss_classifier=") + best.content();
  }

  /** The same search, ended after some candidates and gone on with: equal to the byte. */
  private static void resumed(String line) throws IOException {
    succeeded(line + " --candidates 2");
    Files.move(runs.resolve("boxes"), runs.resolve("elsewhere"));
    succeeded("search resume " + runs.resolve("again") + " --candidates 0 --workers 1");
    for (String file : List.of("found.json", "tally.json", "family.json", "table.json")) {
      assertThat(runs.resolve("again").resolve(file))
          .hasSameBinaryContentAs(runs.resolve("joint").resolve(file));
    }
    assertThat(individuals("again").stream().map(Entry::content))
        .isEqualTo(individuals("joint").stream().map(Entry::content).toList());
  }

  @Test
  void search_allBranches_findsCandidatesThatPassInEach() throws IOException {
    succeeded(search("", "all", 3));
    assertThat(tally("all").path("trained").asInt()).isEqualTo(3);
    assertThat(tally("all").path("branches").fieldNames())
        .toIterable()
        .contains("loss_objectness", "loss_rpn_box_reg", "loss_classifier", "loss_box_reg");
  }

  @Test
  void search_fromARunThatIsNone_saysWhatWasExpected() {
    String line = search(" --branches loss_box_reg --from " + scenes, "none", 1);
    CommandLineRun run = CommandLineRun.of((Object[]) line.split(" "));
    assertThat(run.exitCode()).isNotZero();
    assertThat(run.err()).contains(scenes.toString());
  }
}
