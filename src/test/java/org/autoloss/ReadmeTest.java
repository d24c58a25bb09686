package org.autoloss;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The Java code of the README compiles and runs. */
class ReadmeTest {
  private static final Pattern BLOCK = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
  private static final Pattern NAME = Pattern.compile("public class (\\w+)");

  @TempDir Path folder;

  static Stream<String> blocks() throws IOException {
    return BLOCK.matcher(Files.readString(Path.of("README.md"))).results().map(r -> r.group(1));
  }

  @ParameterizedTest
  @MethodSource("blocks")
  void javaBlock_compiledAndRun_ends(String code) throws Exception {
    Matcher name = NAME.matcher(code);
    assertThat(name.find()).isTrue();
    Path source = Files.writeString(folder.resolve(name.group(1) + ".java"), code);
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    String classPath = System.getProperty("java.class.path");
    int failed =
        compiler.run(
            null, null, null, "-cp", classPath, "-d", folder.toString(), source.toString());
    assertThat(failed).isZero();
    try (URLClassLoader loader = new URLClassLoader(new URL[] {folder.toUri().toURL()})) {
      loader
          .loadClass(name.group(1))
          .getMethod("main", String[].class)
          .invoke(null, (Object) new String[0]);
    }
  }

  @Test
  void blocks_readme_holdsAllThatWeSay() throws IOException {
    assertThat(blocks()).hasSize(3);
    List<String> lines = Files.readAllLines(Path.of("README.md"));
    assertThat(lines).anyMatch(line -> line.startsWith("mvn verify"));
  }
}
