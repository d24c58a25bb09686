package org.autoloss.data.scenes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.autoloss.data.FileDataset;
import org.autoloss.data.Sample;
import org.autoloss.data.VocDataset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SceneSetTest {
  private static final SceneOptions OPTIONS = new SceneOptions(SceneFamily.REEF, 48, 9, 5, false);

  @TempDir private Path folder;

  private static SceneSet set(int warm, int train, int reward, int test) {
    return new SceneSet(
        OPTIONS,
        Map.of(
            SceneSplit.WARM, warm,
            SceneSplit.TRAIN, train,
            SceneSplit.REWARD, reward,
            SceneSplit.TEST, test));
  }

  private static void write(SceneSet set, Path target, boolean replace) throws IOException {
    set.write(target, replace, done -> {});
  }

  private static Map<String, String> contents(Path root) throws IOException {
    Map<String, String> contents = new TreeMap<>();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        byte[] bytes = Files.readAllBytes(file);
        contents.put(
            root.relativize(file).toString(), new java.math.BigInteger(bytes).toString(36));
      }
    }
    return contents;
  }

  @Test
  void write_thenRead_givesTheScenesBack() throws IOException {
    Path target = folder.resolve("new").resolve("scenes");
    int[] last = {0};
    set(9, 8, 3, 4).write(target, false, done -> last[0] = done);
    assertThat(last[0]).isEqualTo(24);
    FileDataset dataset = VocDataset.open(target, "train");
    assertThat(dataset.size()).isEqualTo(8);
    assertThat(dataset.classes()).isEqualTo(SceneFamily.REEF.classNames(9));
    for (int i = 0; i < 8; i++) {
      Sample scene = new SceneGenerator(OPTIONS).scene(SceneSplit.TRAIN, i);
      assertThat(dataset.get(i).labels()).isEqualTo(scene.labels());
      assertThat(dataset.get(i).name()).isEqualTo(scene.name());
    }
  }

  @Test
  void write_splits_areDisjointAndListed() throws IOException {
    write(set(3, 4, 2, 5), folder.resolve("s"), false);
    Set<String> names = new HashSet<>();
    Set<String> images = new HashSet<>();
    for (SceneSplit split : SceneSplit.values()) {
      FileDataset dataset = VocDataset.open(folder.resolve("s"), split.listName());
      names.addAll(dataset.names());
      for (int i = 0; i < dataset.size(); i++) {
        images.add(Arrays.toString(dataset.get(i).rgb()));
      }
    }
    assertThat(names).hasSize(14);
    assertThat(images).hasSize(14);
  }

  @Test
  void write_again_givesTheSameBytes() throws IOException {
    write(set(2, 2, 2, 2), folder.resolve("a"), false);
    write(set(2, 2, 2, 2), folder.resolve("b"), false);
    assertThat(contents(folder.resolve("b")))
        .hasSize(8 * 2 + 4 + 2)
        .isEqualTo(contents(folder.resolve("a")));
  }

  @Test
  void write_longerSplit_beginsWithTheShorterOne() throws IOException {
    write(set(0, 2, 0, 0), folder.resolve("a"), false);
    write(set(5, 4, 1, 0), folder.resolve("b"), false);
    Map<String, String> longer = contents(folder.resolve("b"));
    contents(folder.resolve("a"))
        .forEach(
            (file, content) -> {
              if (file.endsWith(".jpg") || file.endsWith(".png")) {
                assertThat(longer).containsEntry(file, content);
              }
            });
  }

  @Test
  void write_folderWithScenes_isReplacedOnlyOnDemand() throws IOException {
    Path target = folder.resolve("s");
    write(set(0, 2, 0, 0), target, false);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> write(set(0, 1, 0, 0), target, false))
        .withMessageContaining(target.toString())
        .withMessageContaining("--force");
    assertThat(VocDataset.open(target, "train").size()).isEqualTo(2);
    write(set(0, 1, 0, 0), target, true);
    assertThat(VocDataset.open(target, "train").size()).isEqualTo(1);
    assertNothingElseIn(folder, "s");
  }

  @Test
  void write_folderWithOtherFiles_isNeverReplaced() throws IOException {
    Files.writeString(folder.resolve("thesis.txt"), "precious");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> write(set(0, 1, 0, 0), folder, true))
        .withMessageContaining("got one with other files");
    assertThat(folder.resolve("thesis.txt")).hasContent("precious");
  }

  @Test
  void write_fileAtTheTarget_isNamed() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "x");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> write(set(0, 1, 0, 0), file, true))
        .withMessageContaining("got a file");
  }

  @Test
  void write_emptyFolder_isFilled() throws IOException {
    Path target = Files.createDirectory(folder.resolve("s"));
    write(set(0, 1, 0, 0), target, false);
    assertThat(VocDataset.open(target, "train").size()).isEqualTo(1);
  }

  @Test
  void write_interrupted_leavesNothingAndKeepsWhatWasThere() throws IOException {
    Path target = folder.resolve("s");
    write(set(0, 2, 0, 0), target, false);
    Map<String, String> before = contents(target);
    assertThatThrownBy(
            () ->
                set(0, 9, 0, 0)
                    .write(
                        target,
                        true,
                        done -> {
                          if (done == 3) {
                            throw new IllegalStateException("stopped");
                          }
                        }))
        .hasMessage("stopped");
    assertThat(contents(target)).isEqualTo(before);
    assertNothingElseIn(folder, "s");
  }

  private static void assertNothingElseIn(Path folder, String name) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString())).containsExactly(name);
    }
  }

  @Test
  void constructor_badCounts_areNamed() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> set(0, -1, 0, 0))
        .withMessage("train: expected 0 to 100000 scenes, got -1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> set(0, 0, 0, 0))
        .withMessageStartingWith("counts: expected at least one scene");
  }
}
