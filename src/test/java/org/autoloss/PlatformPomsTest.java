package org.autoloss;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** The POMs that users name bring what the library's own POM leaves optional. */
class PlatformPomsTest {
  /** A dependency; parts that are not given are empty. */
  private record Dependency(String artifact, String classifier, String optional) {
    boolean isNative() {
      return !classifier.isEmpty();
    }

    boolean isOptional() {
      return optional.equals("true");
    }
  }

  private final List<Dependency> library = dependencies("pom.xml");

  @Test
  void platform_nativeCode_isWhatTheLibraryRunsOn() {
    List<String> needed =
        library.stream().filter(Dependency::isNative).map(Dependency::artifact).toList();
    assertThat(needed).contains("javacpp", "pytorch", "openblas");
    for (String pom : List.of("autoloss-platform", "autoloss-platform-gpu")) {
      List<Dependency> brought = dependencies("platform/" + pom + ".xml");
      assertThat(brought).anyMatch(d -> d.artifact().equals("autoloss") && !d.isNative());
      assertThat(brought.stream().filter(Dependency::isNative).map(Dependency::artifact))
          .containsAll(needed)
          .contains("autoloss");
    }
  }

  @Test
  void search_libraries_areAllOptionalOnesButThatOfTheCommandLine() {
    List<String> optional =
        library.stream()
            .filter(d -> d.isOptional() && !d.isNative() && !d.artifact().equals("picocli"))
            .map(Dependency::artifact)
            .toList();
    assertThat(dependencies("platform/autoloss-search.xml"))
        .extracting(Dependency::artifact)
        .containsAll(optional)
        .contains("autoloss-platform")
        .hasSize(optional.size() + 1);
  }

  @Test
  void library_mandatoryDependencies_areLibtorchAndJsonAlone() {
    assertThat(library)
        .filteredOn(d -> !d.isOptional())
        .extracting(Dependency::artifact)
        .containsExactly("javacpp", "pytorch", "jackson-databind");
  }

  // Without those for tests, and without those of profiles.
  private static List<Dependency> dependencies(String pom) {
    try {
      Element project =
          DocumentBuilderFactory.newInstance()
              .newDocumentBuilder()
              .parse(Path.of(pom).toFile())
              .getDocumentElement();
      List<Dependency> found = new ArrayList<>();
      NodeList all = project.getElementsByTagName("dependency");
      for (int i = 0; i < all.getLength(); i++) {
        Element one = (Element) all.item(i);
        if (one.getParentNode().getParentNode() == project && !text(one, "scope").equals("test")) {
          found.add(
              new Dependency(
                  text(one, "artifactId"), text(one, "classifier"), text(one, "optional")));
        }
      }
      return found;
    } catch (Exception e) {
      throw new AssertionError(pom, e);
    }
  }

  private static String text(Element dependency, String name) {
    NodeList values = dependency.getElementsByTagName(name);
    return values.getLength() == 0 ? "" : values.item(0).getTextContent();
  }
}
