package org.autoloss.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.autoloss.JavaProcess;
import org.autoloss.internal.Npy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A machine without a language, as containers are: Java then has no file names beyond ASCII. */
class PosixLocaleTest {
  private static final String NAME = "приме\u0301р";

  @TempDir private Path folder;

  private JavaProcess.Result run(String... arguments) throws Exception {
    return new JavaProcess()
        .environment("LC_ALL", "C")
        .in(folder)
        .run(Main.class, (Object[]) arguments);
  }

  /** Makes a file of any name, which this machine's own locale may not have. */
  private void shell(String command) throws Exception {
    ProcessBuilder shell = new ProcessBuilder("sh").directory(folder.toFile());
    shell.environment().put("LC_ALL", "C");
    Process process = shell.start();
    process.getOutputStream().write(command.getBytes(UTF_8));
    process.getOutputStream().close();
    assertThat(process.waitFor()).isZero();
  }

  @Test
  void loss_casesWithNames_printsUtf8() throws Exception {
    Npy.write(folder.resolve("z.npy"), new float[] {1, 0}, 1, 2, 1, 1);
    String header = "{'descr': '|u1', 'fortran_order': False, 'shape': (1, 1, 1), }";
    Files.writeString(
        folder.resolve("y.npy"),
        "\u0093NUMPY\1\0\u0076\0" + header + " ".repeat(117 - header.length()) + "\n\1",
        ISO_8859_1);
    Files.writeString(
        folder.resolve("cases.json"),
        "[{\"name\":\"" + NAME + "\",\"loss\":\"ce\",\"logits\":\"z.npy\",\"labels\":\"y.npy\"}]");
    JavaProcess.Result result = run("loss", "--cases", "cases.json");
    assertThat(result.output()).contains("{\"name\":\"" + NAME + "\",\"value\":1.3");
    assertThat(result.exitCode()).isZero();
  }

  @Test
  void train_listWithNames_namesTheLocale() throws Exception {
    assertThat(run("data", "scenes", "--out", "d", "--size", "32").exitCode()).isZero();
    shell("cd d && mv JPEGImages/train_00000.jpg JPEGImages/" + NAME + ".jpg");
    Files.write(folder.resolve("d/ImageSets/Segmentation/train.txt"), List.of(NAME));
    JavaProcess.Result result = run("train", "--data", "d", "--steps", "1", "--out", "x.ckpt");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.output())
        .contains("autoloss: locale: expected one in UTF-8, as '", NAME)
        .contains("' needs, got one in ANSI_X3.4-1968; set LC_ALL=C.UTF-8")
        .doesNotContain("\tat ");
  }

  @Test
  void anyCommand_argumentWithNames_namesTheLocale() throws Exception {
    JavaProcess.Result result = run("eval", "--data", NAME, "--checkpoint", "x.ckpt");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.output().lines())
        .singleElement()
        .asString()
        .matches(
            "autoloss: locale: expected one in UTF-8, as '\uFFFD+' needs, got one in"
                + " ANSI_X3.4-1968; set LC_ALL=C.UTF-8");
  }

  @Test
  void runsList_runWithName_isListed() throws Exception {
    run("data", "scenes", "--out", "d", "--size", "32", "--warm", "2", "--train", "2");
    JavaProcess.Result search =
        run(
            ("search asl --metric mIoU --data d --out r --name run --steps 1 --samples 2 --top 1"
                    + " --seeds 1 --crop 32 --width 2 --batch 2 --warm-steps 1 --proxy-steps 1"
                    + " --final-steps 1")
                .split(" "));
    assertThat(search.exitCode()).as(search.output()).isZero();
    shell("mv r/run r/" + NAME);
    JavaProcess.Result result = run("runs", "list", "r", "--json");
    assertThat(result.exitCode()).as(result.output()).isZero();
    assertThat(result.output()).contains("\"metric\"");
  }

  @Test
  void doctor_always_tellsTheEncodingOfNames() throws Exception {
    assertThat(run("doctor").output())
        .containsPattern("file names +ANSI_X3.4-1968, which lacks characters; set LC_ALL=C.UTF-8");
  }

  @Test
  void script_localeWithoutUtf8_takesOneWithIt() throws Exception {
    assertThat(script("LC_ALL", "C")).isEqualTo("C.UTF-8");
    assertThat(script("LC_ALL", "")).isEqualTo("C.UTF-8");
    assertThat(script("LC_ALL", "C.utf8")).isEqualTo("C.utf8");
    assertThat(script("LANG", "C.UTF-8")).isEqualTo("");
  }

  /** What the script, in a project that is built, gives Java for its locale. */
  private String script(String variable, String value) throws Exception {
    for (String name : List.of("src/main", "native", "target", "bin")) {
      Files.createDirectories(folder.resolve(name));
    }
    Files.copy(
        Path.of("autoloss"),
        folder.resolve("autoloss"),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    for (String name : List.of("pom.xml", "cppbuild.sh")) {
      Files.writeString(folder.resolve(name), "");
    }
    Path jar = Files.writeString(folder.resolve("target/autoloss-cli.jar"), "");
    Files.setLastModifiedTime(jar, FileTime.fromMillis(System.currentTimeMillis() + 60_000));
    Path java = Files.writeString(folder.resolve("bin/java"), "#!/bin/sh\nprintf %s \"$LC_ALL\"\n");
    assertThat(java.toFile().setExecutable(true)).isTrue();
    ProcessBuilder builder = new ProcessBuilder("bash", folder.resolve("autoloss").toString());
    builder.environment().keySet().removeIf(name -> name.startsWith("LC_") || name.equals("LANG"));
    builder.environment().put("PATH", folder.resolve("bin") + ":" + System.getenv("PATH"));
    builder.environment().put(variable, value);
    return new String(builder.start().getInputStream().readAllBytes(), UTF_8);
  }
}
