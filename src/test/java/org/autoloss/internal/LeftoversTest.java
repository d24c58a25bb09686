package org.autoloss.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is removed of what another process has begun. */
class LeftoversTest {
  @TempDir private Path folder;

  /** A process of its own: begins a file, says so, and ends when its input does. */
  static final class Owner {
    private Owner() {}

    public static void main(String[] args) throws IOException {
      try (TemporaryFile file = TemporaryFile.beside(Path.of(args[0], "x").toAbsolutePath())) {
        file.channel().force(true);
        System.out.println("begun");
        while (System.in.read() >= 0) {
          // until the end
        }
      }
    }

    static Process start(Path folder) throws IOException {
      Process process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-cp",
                  System.getProperty("java.class.path"),
                  Owner.class.getName(),
                  folder.toString())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      assertThat(process.inputReader().readLine()).isEqualTo("begun");
      return process;
    }
  }

  private List<Path> temporaries() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".tmp")).toList();
    }
  }

  @Test
  void write_fileOfALivingProcess_staysUntilThatIsKilled() throws Exception {
    Process owner = Owner.start(folder);
    try {
      List<Path> begun = temporaries();
      assertThat(begun).hasSize(1);
      AtomicFiles.write(folder.resolve("a.txt"), "a");
      assertThat(temporaries()).isEqualTo(begun);
    } finally {
      owner.destroyForcibly().waitFor();
    }
    assertThat(temporaries()).as("what the kill leaves").hasSize(1);
    Process next = Owner.start(folder);
    assertThat(temporaries()).as("that of the next process").hasSize(1);
    next.outputWriter().close();
    assertThat(next.waitFor()).isZero();
    assertThat(temporaries()).isEmpty();
  }

  @Test
  void write_filesOfOthers_stay() throws Exception {
    Path file = Files.writeString(folder.resolve(".a.txt.12345.tmp"), "another program's");
    Path pipe = folder.resolve(".autoloss-pipe.tmp");
    new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor();
    AtomicFiles.write(folder.resolve("a.txt"), "a");
    assertThat(file).exists();
  }
}
