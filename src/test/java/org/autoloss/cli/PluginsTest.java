package org.autoloss.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import javax.tools.ToolProvider;
import org.autoloss.internal.Npy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Losses of users, compiled elsewhere and named by {@code --plugins}. */
class PluginsTest {
  private static final String TRACE = "plugins.test.trace"; // who has run
  private static final String RAN = "System.setProperty(\"" + TRACE + "\", \"%s\");";

  @TempDir Path folder;
  private Path classes;

  @BeforeEach
  void writeInputs() throws IOException {
    classes = Files.createDirectory(folder.resolve("classes"));
    Npy.write(folder.resolve("z.npy"), new float[] {1, 2, 3, 4, 5, 6, 7, 8}, 1, 2, 2, 2);
    byte[] labels = Files.readAllBytes(folder.resolve("z.npy"));
    String text = new String(labels, java.nio.charset.StandardCharsets.ISO_8859_1);
    text = text.replace("<f4", "|u1").replace("(1, 2, 2, 2)", "(1, 2, 2   )");
    Files.write(
        folder.resolve("y.npy"),
        java.util.Arrays.copyOf(
            text.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1), labels.length - 28));
  }

  @AfterEach
  void clear() {
    System.clearProperty(TRACE);
  }

  private void compile(String name, String source) throws IOException {
    Path file = folder.resolve(name + ".java");
    Files.writeString(file, source);
    int result =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-proc:none",
                "-cp",
                System.getProperty("java.class.path") + ":" + classes,
                "-d",
                classes.toString(),
                file.toString());
    assertThat(result).as(name).isZero();
  }

  /** A loss with a body for each of its methods. */
  private void compileLoss(String name, String apply, String toJson, String close, String more)
      throws IOException {
    compile(
        name,
        """
        import org.autoloss.loss.Loss;
        import org.bytedeco.pytorch.Tensor;
        public class %s implements Loss {
          %s
          public Tensor apply(Tensor logits, Tensor labels) { %s }
          public String toJson() { %s }
          public void close() { %s }
        }
        """
            .formatted(name, more, apply, toJson, close));
  }

  private void compileGood(String name) throws IOException {
    compileLoss(name, "return logits.sum();", "return \"{\\\"mine\\\":1}\";", "", "");
  }

  private Path jar(String name) throws IOException {
    Path jar = folder.resolve(name);
    try (OutputStream out = Files.newOutputStream(jar);
        JarOutputStream entries = new JarOutputStream(out);
        var files = Files.walk(classes)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        entries.putNextEntry(new JarEntry(classes.relativize(file).toString()));
        entries.write(Files.readAllBytes(file));
      }
    }
    return jar;
  }

  private CommandLineRun value(String loss, Object plugins) {
    return CommandLineRun.of(
        "loss",
        loss,
        "--logits",
        folder.resolve("z.npy"),
        "--labels",
        folder.resolve("y.npy"),
        "--plugins",
        plugins);
  }

  private static void assertOneSentence(CommandLineRun run, String... parts) {
    assertThat(run.exitCode()).as(run.out() + run.err()).isEqualTo(1);
    assertThat(run.err()).startsWith("autoloss: ").contains(parts);
    assertThat(run.err().strip().lines()).hasSize(1);
  }

  @Test
  void plugins_folderJarAndFolderOfJars_areFound() throws IOException {
    compileGood("Mine");
    assertThat(value("class:Mine", classes).out()).contains("\"value\":36.0");
    Path jar = jar("mine #1%41.jar");
    assertThat(value("0.5*class:Mine", jar).out()).contains("\"value\":18.0");
    Path jars = Files.createDirectory(folder.resolve("jars"));
    Files.move(jar, jars.resolve("mine.jar"));
    Path empty = Files.createDirectory(folder.resolve("empty"));
    assertThat(value("class:Mine", empty + ":" + jars).out()).contains("\"value\":36.0");
    assertThat(
            CommandLineRun.of("loss", "--plugins", jars, "export", "class:Mine", "--format", "json")
                .out())
        .isEqualTo("{\"mine\":1}\n");
  }

  @Test
  void plugins_afterTheCommand_areGone() throws IOException {
    compileGood("Mine");
    ClassLoader before = Thread.currentThread().getContextClassLoader();
    assertThat(value("class:Mine", classes).exitCode()).isZero();
    assertThat(Thread.currentThread().getContextClassLoader()).isSameAs(before);
    assertOneSentence(
        CommandLineRun.of("loss", "export", "class:Mine"),
        "expected a class on the class path, got 'Mine'; add its jar by --plugins");
  }

  @Test
  void plugins_factory_takesPartInSpecifications() throws IOException {
    compileGood("Mine");
    compile(
        "MyFactory",
        """
        import java.util.Set;
        import org.autoloss.loss.*;
        public class MyFactory implements LossFactory {
          public Set<String> names() { return Set.of("mine", "none", "thrown"); }
          public Loss parse(String name, String argument) {
            if (name.equals("thrown")) throw new UnsupportedOperationException("not today");
            return name.equals("none") ? null : new Mine();
          }
          public Loss fromJson(String name, com.fasterxml.jackson.databind.node.ObjectNode json) {
            return new Mine();
          }
        }
        """);
    Path services = classes.resolve("META-INF/services/org.autoloss.loss.LossFactory");
    Files.createDirectories(services.getParent());
    Files.writeString(services, "MyFactory");
    assertThat(value("2*mine", jar("f.jar")).out()).contains("\"value\":72.0");
    assertOneSentence(
        value("none", classes), "MyFactory: expected parse to return a loss, got null");
    assertOneSentence(
        value("thrown", classes), "MyFactory: expected parse to return, got", "not today");
    Files.writeString(services, "Missing");
    assertOneSentence(value("ce", classes), "factories of losses that can be loaded", "Missing");
  }

  @Test
  void plugins_pathThatIsNone_isOneSentence() throws IOException {
    Path none = folder.resolve("none.jar");
    assertOneSentence(
        value("ce", none), "--plugins: " + none + ": expected a jar or a folder, got none");
    Path text = Files.writeString(folder.resolve("text.jar"), "text");
    assertOneSentence(
        value("ce", text), "--plugins: " + text + ": expected a jar or a folder, got another file");
  }

  @Test
  void classThatIsNoLoss_isNotInitialised() throws IOException {
    compile("Evil", "public class Evil { static { " + RAN.formatted("initialiser") + " } }");
    String expected = "expected a class that implements org.autoloss.loss.Loss, got Evil";
    assertOneSentence(value("class:Evil", classes), expected);
    Path artefact = folder.resolve("evil.json");
    Files.writeString(artefact, "{\"autoloss\":1,\"kind\":\"class\",\"class\":\"Evil\"}");
    assertOneSentence(value("graph:" + artefact, classes), artefact.toString(), expected);
    assertThat(System.getProperty(TRACE)).isNull();
  }

  @Test
  void classThatCannotBeLoaded_isOneSentence() throws IOException {
    compileLoss(
        "Static",
        "return null;",
        "return null;",
        "",
        "static int x = 1 / Integer.parseInt(\"0\");");
    compileLoss(
        "Made",
        "return null;",
        "return null;",
        "",
        "public Made() { throw new AssertionError(\"no\"); }");
    compileLoss("Hidden", "return null;", "return null;", "", "private Hidden() {}");
    compile("Base", "public class Base {}");
    compileLoss("Needy", "return null;", "return null;", "", "Base base = new Base();");
    Files.delete(classes.resolve("Base.class"));
    assertOneSentence(value("class:Static", classes), "'Static'", "/ by zero");
    assertOneSentence(value("class:Made", classes), "constructor of Made", "AssertionError: no");
    assertOneSentence(value("class:Hidden", classes), "public constructor without parameters");
    assertOneSentence(value("class:Needy", classes), "Needy", "Base");
    Files.write(classes.resolve("Torn.class"), new byte[] {1, 2, 3});
    assertOneSentence(value("class:Torn", classes), "'Torn'", "ClassFormatError");
    assertOneSentence(value("class:a/b", classes), "'a/b'");
    assertOneSentence(value("class:", classes), "expected a class on the class path");
  }

  @Test
  void lossThatReturnsNoScalar_isOneSentence() throws IOException {
    compileLoss("Null", "return null;", "return null;", "", "");
    compileLoss("Shaped", "return logits.mul(logits);", "return \"not json\";", "", "");
    compileLoss("Undefined", "return new Tensor();", "return \"[]\";", "", "");
    compileLoss("Torch", "return logits.view(7L);", "return \"{}{}\";", "", "");
    assertOneSentence(
        value("class:Null", classes), "Null: expected apply to return a scalar tensor, got none");
    assertOneSentence(
        value("ce+class:Shaped", classes),
        "Shaped: expected apply to return a scalar tensor, got one of shape [1, 2, 2, 2]");
    assertOneSentence(value("class:Undefined", classes), "Undefined: expected apply to return");
    assertOneSentence(value("class:Torch", classes), "Torch: expected apply to return, got", "[7]");
    for (String name : List.of("Null", "Shaped", "Undefined", "Torch")) {
      assertOneSentence(
          CommandLineRun.of(
              "loss", "export", "class:" + name, "--format", "json", "--plugins", classes),
          name + ": expected toJson to return a JSON object, got ");
      CommandLineRun probe =
          CommandLineRun.of("loss", "probe", "class:" + name, "--plugins", classes);
      assertThat(probe.exitCode()).as(name).isEqualTo(1);
      assertThat(probe.out()).as(name).contains("FAIL", "expected apply to return");
      assertThat(probe.err()).as(name).isEmpty();
      Path picture = folder.resolve("x.png");
      assertOneSentence(
          CommandLineRun.of(
              "loss", "plot", "class:" + name, "--out", picture, "--plugins", classes),
          name + ": expected apply to return");
      assertThat(picture).doesNotExist();
    }
  }

  @Test
  void lossThatThrows_isOneSentence() throws IOException {
    compileLoss(
        "Throwing",
        "throw new AssertionError(\"thrown\");",
        "throw new RuntimeException(\"json\\nsecond line\");",
        "throw new RuntimeException(\"close\");",
        "");
    assertOneSentence(
        value("class:Throwing", classes),
        "Throwing: expected apply to return, got java.lang.AssertionError: thrown");
    assertOneSentence(
        CommandLineRun.of(
            "loss", "export", "class:Throwing", "--format", "json", "--plugins", classes),
        "Throwing: expected toJson to return, got java.lang.RuntimeException: json");
    compileLoss("Closing", "return logits.sum();", "return \"{}\";", "throw new Error();", "");
    assertOneSentence(
        value("class:Closing", classes), "Closing: expected close to return, got java.lang.Error");
  }

  @Test
  void lossWithoutAGradient_isOneSentenceWhereOneIsNeeded() throws IOException {
    compileLoss("Constant", "return logits.detach().sum();", "return \"{}\";", "", "");
    assertThat(value("class:Constant", classes).out())
        .contains("\"value\":36.0", "\"gradNorm\":0.0");
    assertOneSentence(
        CommandLineRun.of(
            "loss",
            "plot",
            "class:Constant",
            "--out",
            folder.resolve("x.png"),
            "--plugins",
            classes),
        "loss: expected a value with a gradient by the logits, got a constant");
  }

  @Test
  void plugins_inTheEnvironment_areTakenWithoutAnOption() throws IOException, InterruptedException {
    compileGood("Mine");
    assertThat(export(classes.toString())).isEqualTo("{\"mine\":1}\n");
    assertThat(export("")).contains("add its jar by --plugins");
  }

  private static String export(String plugins) throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            "org.autoloss.cli.Main",
            "loss",
            "export",
            "class:Mine",
            "--format",
            "json");
    builder.environment().put("AUTOLOSS_PLUGINS", plugins);
    Process process = builder.redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes());
    process.waitFor();
    return output;
  }
}
