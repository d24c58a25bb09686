package org.autoloss.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.autoloss.graph.GraphLoss;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LossParserTest {
  // Far beyond what reading takes, and far below what trying every split of the digits takes.
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @TempDir Path folder;

  /** A user's factory, which counts how often it is looked up. */
  public static final class Counting implements LossFactory {
    private static final AtomicInteger MADE = new AtomicInteger();

    /** For {@link java.util.ServiceLoader}. */
    public Counting() {
      MADE.incrementAndGet();
    }

    @Override
    public Set<String> names() {
      return Set.of("counted");
    }

    @Override
    public Loss parse(String name, String argument) {
      return Loss.parse("ce");
    }

    @Override
    public Loss fromJson(String name, ObjectNode artefact) {
      return Loss.parse("ce");
    }
  }

  private static List<WeightedSumLoss.Term> terms(String specification) {
    try (Loss loss = Loss.parse(specification)) {
      return ((WeightedSumLoss) loss).terms();
    }
  }

  @Test
  void parse_weightsOfAnyForm_areTheirNumbers() {
    for (String weight :
        List.of("2", "2.", "2.0", "+2", "2e0", "20E-1", " 02 ", ".2e+1", "\n2\t")) {
      assertThat(terms(weight + "*ce")).as(weight).hasSize(1);
      assertThat(terms(weight + "*ce").get(0).weight()).as(weight).isEqualTo(2);
    }
    assertThat(terms("0.5*ce+-.25 * dice").get(1).weight()).isEqualTo(-0.25);
  }

  @Test
  void parse_manyDigits_isQuick() {
    String digits = "1".repeat(200_000);
    for (String text :
        List.of(digits + "ce", digits + "*", "1e" + digits + "*ce", digits + "*ce")) {
      assertTimeoutPreemptively(
          PATIENCE,
          () ->
              assertThatIllegalArgumentException()
                  .isThrownBy(() -> Loss.parse(text))
                  .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(400)));
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Loss.parse(digits + "ce"))
        .withMessageStartingWith("loss: expected [weight*]name[:argument], got '111");
    assertThat(terms("0." + digits + "*ce").get(0).weight()).isEqualTo(1.0 / 9);
  }

  @Test
  void parse_manyTerms_looksForFactoriesOnce() throws IOException {
    Path services = folder.resolve("META-INF/services/" + LossFactory.class.getName());
    Files.createDirectories(services.getParent());
    Files.writeString(services, Counting.class.getName());
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    try (URLClassLoader loader =
        new URLClassLoader(new URL[] {folder.toUri().toURL()}, Loss.class.getClassLoader())) {
      thread.setContextClassLoader(loader);
      int made = Counting.MADE.get();
      String sum = String.join("+", Collections.nCopies(20_000, "counted"));
      assertThat(terms(sum)).hasSize(20_000);
      try (Loss loss = Loss.parse(sum)) {
        assertThat(terms(loss.toJson())).hasSize(20_000);
      }
      assertThat(Counting.MADE.get() - made).isEqualTo(1);
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  @Test
  void parse_whiteSpaceOfAnyKind_doesNotMatterInExpressions() {
    String expected = "neg(mul(y,log(yhat)))";
    for (String space :
        List.of(" ", "\n", "\r\n", "\t", "\f", "\u000b", "\u0085", "\u00a0", "\u2003")) {
      String spaced =
          "expr:neg( mul ( y , log(yhat ) ) )".replace(" ", space).replace(":", ":" + space);
      try (Loss loss = Loss.parse(spaced)) {
        assertThat(((GraphLoss) loss).graph().toString()).as(spaced).isEqualTo(expected);
      }
      try (Loss sum = Loss.parse(space + "2" + space + "*" + space + spaced + "+ce")) {
        assertThat(((WeightedSumLoss) sum).terms()).as(spaced).hasSize(2);
      }
    }
  }

  private Path artefact(String path) throws IOException {
    Path file = folder.resolve(path);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, "{\"kind\":\"expr\",\"expression\":\"neg(y)\"}");
  }

  private static void assertIsTheArtefact(String specification) {
    try (Loss loss = Loss.parse(specification)) {
      assertThat(((GraphLoss) loss).graph().toString()).as(specification).isEqualTo("neg(y)");
    }
  }

  @Test
  void parse_pathOfAnArtefact_needsNoName() throws IOException {
    for (String path :
        List.of("found.json", "a+b/c+d.JSON", "a(b+c/x.json", "2024:05 10+02/x.json")) {
      Path file = artefact(path);
      assertIsTheArtefact(file.toString());
      assertIsTheArtefact(" \"" + file + "\" ");
      assertIsTheArtefact("graph:" + file);
      assertIsTheArtefact("graph : \"" + file + "\"");
      for (String spelled : List.of("graph:" + file, file.toString(), "\"" + file + "\"")) {
        List<WeightedSumLoss.Term> terms = terms("0.5*" + spelled + " + 2e+0*" + spelled + "+ce");
        assertThat(terms).as(spelled).hasSize(3);
        assertThat(terms.get(0).weight()).isEqualTo(0.5);
        assertThat(terms.get(1).weight()).isEqualTo(2);
        assertThat(terms.get(1).loss()).isInstanceOf(GraphLoss.class);
      }
    }
  }

  @Test
  void parse_severalPaths_meansTheShortestThatIsThere() throws IOException {
    Path file = artefact("a.json");
    artefact("a.json+ce+b.json");
    assertThat(terms(file + "+ce+dice")).hasSize(3);
    Files.delete(file);
    assertThat(terms(file + "+ce+b.json+dice")).hasSize(2);
  }

  @Test
  void parse_pathThatIsNotThere_isNamed() {
    for (String name : List.of("", "graph:", "asl:")) {
      assertRefused(
          name + folder.resolve("a.json"),
          folder.resolve("a.json") + ": expected a loss artefact (JSON), got nothing");
      assertRefused(
          "2*" + name + "\"" + folder.resolve("a+b.json") + "\"+ce",
          folder.resolve("a+b.json") + ": expected a loss artefact (JSON), got nothing");
    }
    assertRefused(
        "runs/a",
        "loss: expected [weight*]name[:argument], got 'runs/a' in 'runs/a'; the path of an artefact"
            + " ends in .json");
  }

  @Test
  void parse_manyPathsThatAreNotThere_isQuick() {
    String sum = "asl:" + "x".repeat(200) + ".json+";
    assertTimeoutPreemptively(
        PATIENCE,
        () -> assertRefused(sum.repeat(20_000) + "ce", "x".repeat(200) + ".json: expected a loss"));
  }

  @Test
  void parse_artefactThatIsWrong_saysWhatAndWhere() {
    assertRefused("{\"kind\":\"ce\"} ce", "loss: expected JSON, got Unrecognized token 'ce'");
    assertRefused(
        "{\"kind\":\"ce\"}{}",
        "loss: expected JSON, got more text after the end of the value (line 1, column 14)");
    assertRefused(
        "{\"kind\":\"ce\",\"kind\":\"dice\"}",
        "loss: expected JSON, got Duplicate field 'kind' (line 1, column 20)");
    assertRefused(
        "{\"kind\":\"sum\",\"terms\":[{\"weight\":1e999,\"loss\":{\"kind\":\"ce\"}}]}",
        "loss: terms: expected {\"weight\",\"loss\"} objects with finite weights, got ");
    assertRefused("{\"kind\":\"sum\"}", "loss: terms: expected at least one, got none");
    assertRefused("1e999*ce", "loss: expected a finite weight, got '1e999'");
  }

  private static void assertRefused(String specification, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Loss.parse(specification))
        .withMessageStartingWith(message);
  }
}
