package org.autoloss.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.DriverManager;
import java.util.Arrays;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.autoloss.JavaProcess;
import org.autoloss.loss.Shape;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.autoloss.surrogate.SurrogateLoss;
import org.autoloss.train.TorchThreads;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** First uses of native code, each in a process of its own. */
class NativesTest {
  @TempDir private Path folder;

  /** Calls all native code twice on an interrupted thread. */
  static final class Uses {
    private Uses() {}

    public static void main(String[] uses) {
      for (int i = 0; i < 2; i++) {
        for (String use : uses) {
          Thread.currentThread().interrupt();
          try {
            System.out.println(use + ": " + use(use));
          } catch (Exception | LinkageError e) {
            System.out.println(use + ": " + e.getClass().getSimpleName() + " " + e.getMessage());
          }
          if (!Thread.interrupted()) {
            System.out.println("the interrupt is lost");
          }
        }
      }
      System.exit(0);
    }

    private static Object use(String use) throws Exception {
      return switch (use) {
        case "kernels" -> {
          try (SurrogateLoss loss = SurrogateLoss.of(SegmentationMetric.MIOU)) {
            float[] logits = {2, 1, 0, 0, 0, 1, 3, 0, 1, 0, 0, 2};
            Shape shape = new Shape(1, 3, 2, 2);
            yield loss.evaluate(logits, new int[] {0, 1, 1, 255}, shape, null) > 0;
          }
        }
        case "libtorch" -> TorchThreads.single(() -> torch.randn(3).sum().item_float() < 1e9);
        case "sqlite" -> {
          SqliteLibrary.load();
          try (var connection = DriverManager.getConnection("jdbc:sqlite::memory:")) {
            yield connection.isValid(1);
          }
        }
        default -> throw new IllegalArgumentException(use);
      };
    }
  }

  private static String classPath(Predicate<String> kept) {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(kept)
        .collect(Collectors.joining(File.pathSeparator));
  }

  /** Our kernels without libtorch, which takes seconds to unpack. */
  private static String withoutLibtorch() {
    return classPath(entry -> !entry.matches(".*/pytorch-[^/]*-linux[^/]*\\.jar"));
  }

  private Path noexec() throws Exception {
    Path disk = Files.createDirectory(folder.resolve("noexec"));
    String[] mount = {"mount", "-t", "tmpfs", "-o", "noexec,size=100m", "tmpfs", disk.toString()};
    boolean mounted;
    try {
      mounted = new ProcessBuilder(mount).start().waitFor() == 0;
    } catch (IOException e) {
      mounted = false;
    }
    assumeTrue(mounted, "mounting needs root");
    return disk;
  }

  private static void unmount(Path disk) throws Exception {
    new ProcessBuilder("umount", disk.toString()).start().waitFor();
  }

  private static String[] lines(JavaProcess.Result result) {
    assertThat(result.exitCode()).as(result.output()).isZero();
    return result
        .output()
        .lines()
        .filter(line -> line.matches("(kernels|libtorch|sqlite): .*|the interrupt is lost"))
        .toArray(String[]::new);
  }

  private static String[] twice(String... lines) {
    return Stream.concat(Arrays.stream(lines), Arrays.stream(lines)).toArray(String[]::new);
  }

  @Test
  void firstUse_interruptedThread_works() throws Exception {
    JavaProcess.Result result = new JavaProcess().run(Uses.class, "kernels", "libtorch", "sqlite");
    assertThat(lines(result))
        .containsExactly(twice("kernels: true", "libtorch: true", "sqlite: true"));
  }

  @Test
  void firstUse_interruptedThreadAndEmptyCache_works() throws Exception {
    JavaProcess.Result result =
        new JavaProcess()
            .classPath(withoutLibtorch())
            .option("-Dorg.bytedeco.javacpp.cachedir=" + folder.resolve("cache"))
            .option("-Djava.io.tmpdir=" + folder.resolve("tmp"))
            .run(Uses.class, "kernels", "sqlite");
    assertThat(lines(result)).containsExactly(twice("kernels: true", "sqlite: true"));
    try (Stream<Path> left = Files.list(folder.resolve("tmp"))) {
      assertThat(left.filter(file -> file.toString().contains("sqlite"))).isEmpty();
    }
  }

  @Test
  void firstUse_foldersWithoutExecution_namesThePropertyEachTime() throws Exception {
    Path disk = noexec();
    try {
      JavaProcess.Result result =
          new JavaProcess()
              .classPath(withoutLibtorch())
              .option("-Dorg.bytedeco.javacpp.cachedir=" + disk)
              .option("-Djava.io.tmpdir=" + disk)
              .run(Uses.class, "kernels", "sqlite");
      assertThat(lines(result))
          .containsExactly(
              twice(
                  "kernels: IllegalStateException native libraries: expected a cache from which"
                      + " they can be loaded, got "
                      + disk
                      + ", which forbids it (is it mounted noexec?); name another folder with"
                      + " -Dorg.bytedeco.javacpp.cachedir",
                  "sqlite: IllegalStateException SQLite: expected a folder from which its library"
                      + " can be loaded, got "
                      + disk
                      + " and "
                      + disk
                      + ", which cannot be written or forbids it (is it mounted noexec?); name"
                      + " another folder with -Dorg.sqlite.tmpdir"));
      JavaProcess.Result other =
          new JavaProcess().option("-Djava.io.tmpdir=" + disk).run(Uses.class, "sqlite");
      assertThat(lines(other)).as("JavaCPP's cache serves").containsExactly(twice("sqlite: true"));
      assertThat(other.output()).doesNotContain("SEVERE", "Exception", "\tat ");
    } finally {
      unmount(disk);
    }
  }

  @Test
  void firstUse_fullDisk_saysSo() throws Exception {
    Path disk = noexec();
    unmount(disk);
    new ProcessBuilder("mount", "-t", "tmpfs", "-o", "size=100k", "tmpfs", disk.toString())
        .start()
        .waitFor();
    try {
      JavaProcess.Result result =
          new JavaProcess()
              .option("-Dorg.bytedeco.javacpp.cachedir=" + disk)
              .run(Uses.class, "kernels");
      assertThat(lines(result))
          .containsExactly(
              twice(
                  "kernels: IllegalStateException native libraries: "
                      + disk
                      + ": expected a place to write to, got a full disk; make room, or name"
                      + " another folder with -Dorg.bytedeco.javacpp.cachedir"));
    } finally {
      unmount(disk);
    }
  }

  @Test
  void firstUse_jarOfNativesMissing_namesTheDependency() throws Exception {
    JavaProcess.Result torch =
        new JavaProcess().classPath(withoutLibtorch()).run(Uses.class, "libtorch");
    assertThat(lines(torch)).containsExactly(twice("libtorch: " + missing("org.bytedeco:pytorch")));
    JavaProcess.Result memory =
        new JavaProcess()
            .classPath(classPath(entry -> !entry.matches(".*/javacpp-[^/]*-linux[^/]*\\.jar")))
            .run(Uses.class, "kernels");
    assertThat(lines(memory)).containsExactly(twice("kernels: " + missing("org.bytedeco:javacpp")));
    JavaProcess.Result kernels =
        new JavaProcess().classPath(withoutKernels()).run(Uses.class, "kernels");
    assertThat(lines(kernels))
        .containsExactly(twice("kernels: " + missing("org.autoloss:autoloss")));
  }

  private static String missing(String artefact) {
    return "IllegalStateException native libraries: expected those of "
        + artefact
        + " for "
        + Loader.getPlatform()
        + " on the class path, got none; add the dependency "
        + artefact
        + " with the classifier "
        + Loader.getPlatform();
  }

  @Test
  void missing_libtorchOnArm64_saysWhatWorksWithout() {
    assertThat(NativeFailure.missing("torch in class, module, and library paths", "linux-arm64"))
        .isEqualTo(
            "expected those of org.bytedeco:pytorch for linux-arm64 on the class path, got none;"
                + " there are none for it, so tensors and networks need another machine, losses"
                + " and metrics on arrays do not");
    assertThat(NativeFailure.missing("ops in class, module, and library paths", "linux-arm64"))
        .isEqualTo(
            "expected those of org.autoloss:autoloss for linux-arm64 on the class path, got none;"
                + " add the dependency org.autoloss:autoloss with the classifier linux-arm64");
  }

  /** The class path with a copy of our classes, without the kernels, in place of their folder. */
  private String withoutKernels() throws IOException {
    Path copy = folder.resolve("classes");
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      Path classes = Path.of(entry);
      if (hasOurClasses(entry)) {
        try (Stream<Path> all = Files.walk(classes.resolve("org/autoloss"))) {
          for (Path file : all.filter(NativesTest::isNoLibrary).toList()) {
            Path to = copy.resolve(classes.relativize(file).toString());
            Files.createDirectories(to.getParent());
            Files.copy(file, to, StandardCopyOption.REPLACE_EXISTING);
          }
        }
      }
    }
    return copy + File.pathSeparator + classPath(entry -> !hasOurClasses(entry));
  }

  private static boolean isNoLibrary(Path file) {
    return Files.isRegularFile(file) && !file.toString().contains(".so");
  }

  private static boolean hasOurClasses(String entry) {
    return Files.isDirectory(Path.of(entry, "org/autoloss")) && !entry.contains("test");
  }
}
