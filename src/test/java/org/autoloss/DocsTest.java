package org.autoloss;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.autoloss.loss.ComposedLoss;
import org.autoloss.loss.Loss;
import org.autoloss.loss.LossOptions;
import org.autoloss.loss.MaskedBatch;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the guides say stands in the example, which is compiled and run: {@code OwnTaskTest}, {@code
 * examples/own-task/run.sh}.
 */
class DocsTest {
  private static final Path EXAMPLE = Path.of("examples/own-task");
  private static final Path SOURCES = EXAMPLE.resolve("src/main/java/com/example/shapes");
  private static final Pattern BLOCK = Pattern.compile("```(\\w*)\n(.*?)```", Pattern.DOTALL);
  private static final Pattern NAME = Pattern.compile("\\| `(\\w+)` \\|$", Pattern.MULTILINE);

  @ParameterizedTest
  @ValueSource(strings = {"task", "network", "loss"})
  void guide_codeAndCommands_standInTheExample(String kind) throws IOException {
    String guide = Files.readString(Path.of("docs/adding-a-" + kind + ".md"));
    String sources = sources();
    String script = Files.readString(EXAMPLE.resolve("run.sh"));
    List<String> languages = new ArrayList<>();
    BLOCK
        .matcher(guide)
        .results()
        .forEach(
            block -> {
              languages.add(block.group(1));
              if (block.group(1).equals("java")) {
                assertThat(sources).contains(stripped(block.group(2)));
              } else {
                assertThat(script.lines()).containsAll(block.group(2).lines().toList());
              }
            });
    assertThat(languages).contains("java", "sh").hasSizeGreaterThan(3);
    NAME.matcher(guide)
        .results()
        .forEach(name -> assertThat(SOURCES.resolve(name.group(1) + ".java")).exists());
  }

  /** A loss without a factory. */
  public static final class OwnLoss extends ComposedLoss {
    /** For its class name. */
    public OwnLoss() {}

    @Override
    protected Tensor compute(MaskedBatch batch) {
      return batch.mean(batch.crossEntropy());
    }

    @Override
    public String toJson() {
      return LossOptions.toJson("class", Map.of("class", getClass().getName()));
    }
  }

  @Test
  void guideToLosses_artefactOfAClass_isReadAgain() throws IOException {
    String artefact;
    try (Loss loss = Loss.parse("class:" + OwnLoss.class.getName())) {
      artefact = loss.toJson();
    }
    try (Loss again = Loss.parse(artefact)) {
      assertThat(again.toJson()).isEqualTo(artefact);
    }
    assertThat(Files.readString(Path.of("docs/adding-a-loss.md")))
        .contains("`LossOptions.toJson(\"class\", Map.of(\"class\", getClass().getName()))`")
        .contains("`" + artefact.replace(OwnLoss.class.getName(), "com.example.MyLoss") + "`");
  }

  private static String sources() throws IOException {
    StringBuilder all = new StringBuilder();
    try (Stream<Path> files = Files.list(SOURCES)) {
      for (Path file : files.toList()) {
        all.append(stripped(Files.readString(file))).append('\n');
      }
    }
    return all.toString();
  }

  /** Without the indentation. */
  private static String stripped(String code) {
    return code.lines().map(String::strip).collect(Collectors.joining("\n"));
  }
}
