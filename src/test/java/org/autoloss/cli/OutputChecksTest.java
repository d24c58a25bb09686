package org.autoloss.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.autoloss.Golden;
import org.autoloss.loss.Loss;
import org.autoloss.storage.RunFolder;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/**
 * Outputs that cannot be written, of all commands that have one. They are refused before the work:
 * those that train would do so for weeks.
 */
@Timeout(120)
class OutputChecksTest {
  private static final byte[] EMPTY_ZIP = Arrays.copyOf(new byte[] {'P', 'K', 5, 6}, 22);
  private static final String TRAINING =
      " --crop 32 --width 2 --batch 2 --min-scale 1 --max-scale 1 --data ";

  @TempDir private static Path shared;
  @TempDir private Path folder;

  @BeforeAll
  static void makeInputs() throws IOException {
    String line = "data scenes --size 32 --warm 2 --train 2 --reward 2 --test 2 --out ";
    assertThat(run(line + shared.resolve("scenes")).exitCode()).isZero();
    RunFolder.create(shared.resolve("run"), "asl", new ObjectMapper().createObjectNode()).close();
  }

  private static CommandLineRun run(String line) {
    return CommandLineRun.of((Object[]) line.split(" "));
  }

  /** Commands that write a file; its name is to follow. */
  static Stream<String> writersOfFiles() {
    return Stream.of(
        "train --steps 2000000000" + TRAINING + shared.resolve("scenes") + " --out",
        "loss export ce --out",
        "loss plot dice --out",
        "report " + shared.resolve("run") + " --out",
        "runs export " + shared.resolve("run") + " --out",
        "loss ce --logits "
            + Golden.file("asl", "d0.logits.npy")
            + " --labels "
            + Golden.file("asl", "d0.labels.npy")
            + " --grad-out");
  }

  /** Commands that make a folder; its name is to follow. */
  static Stream<String> makersOfFolders() {
    String scenes = TRAINING + shared.resolve("scenes");
    return Stream.of(
        "data scenes --train 100000 --size 1024 --out",
        "quickstart --dir",
        "table --warm-steps 2000000000" + scenes + " --out",
        "table --warm-steps 2000000000 --transfer --other-network fcn" + scenes + " --out");
  }

  static Stream<String> all() {
    return Stream.concat(writersOfFiles(), makersOfFolders());
  }

  /** Those that write to the name itself, not below it. */
  static Stream<String> direct() {
    return all().filter(command -> !command.contains("--transfer"));
  }

  @ParameterizedTest
  @MethodSource("direct")
  void out_noName_isRefused(String command) throws IOException {
    assertRefused(command, "/", "expected the name of a ");
    assertRefused(command, "", "expected the name of a ");
  }

  @ParameterizedTest
  @MethodSource("writersOfFiles")
  void out_folderInPlaceOfAFile_isRefused(String command) throws IOException {
    Path out = Files.createDirectory(folder.resolve("out.png"));
    assertRefused(command, out.toString(), out + ": expected a place to write to, got a folder");
    assertThat(out).isEmptyDirectory();
  }

  @ParameterizedTest
  @MethodSource("makersOfFolders")
  void out_folderThatHoldsFiles_isRefused(String command) throws IOException {
    Files.createDirectories(folder.resolve("network-fcn/x"));
    assertRefused(command, folder.toString(), ": expected ");
  }

  @ParameterizedTest
  @MethodSource("all")
  void out_placeThatCannotBeMade_isRefused(String command) throws IOException {
    Path below = Files.writeString(folder.resolve("file"), "").resolve("a/out.png");
    assertRefused(command, below.toString(), ": expected a place to write to");
    Path tooLong = folder.resolve("b").resolve("x".repeat(256) + ".png");
    assertRefused(command, tooLong.toString(), ": expected a place to write to");
  }

  @ParameterizedTest
  @ValueSource(strings = {"search asl", "search random", "search zero", "search zero --ablation"})
  void search_folderThatCannotBeMade_isRefused(String command) throws IOException {
    String search = command + " --metric mIoU --warm-steps 2000000000";
    search += TRAINING + shared.resolve("scenes");
    for (String name : new String[] {"", ".", "..", ".hidden", "a/b", "/"}) {
      assertRefused(search + " --out " + folder + " --name", name, "--name: expected the name of");
    }
    assertRefused(search + " --out " + folder + " --name", "x".repeat(256), "a place to write to");
    Path below = Files.writeString(folder.resolve("file"), "").resolve("runs");
    assertRefused(search + " --out", below.toString(), "a file where its folder should be");
    Files.createDirectories(folder.resolve("taken/by"));
    assertRefused(search + " --out " + folder + " --name", "taken", "give the run another name");
  }

  @Test
  void table_secondFolderOfATransferIsTaken_isRefusedBeforeTheFirst() throws IOException {
    Files.createDirectories(folder.resolve("network-fcn/taken"));
    String scenes = shared.resolve("scenes").toString();
    assertRefused(
        "table --warm-steps 2000000000 --transfer --other-data "
            + scenes
            + " --other-network fcn --loss ce"
            + TRAINING
            + scenes
            + " --out",
        folder.toString(),
        folder.resolve("network-fcn") + ": expected a new or empty folder");
  }

  @Test
  void table_lossThatDoesNotFitTheData_isRefusedBeforeTheWarmStart() throws IOException {
    assertRefused(
        "table --warm-steps 2000000000 --loss ce;class:"
            + OfThreeClasses.class.getName()
            + TRAINING
            + shared.resolve("scenes")
            + " --out",
        folder.resolve("table").toString(),
        "expected logits of 3 classes, got 8");
  }

  /** A loss that is not for all data. */
  public static final class OfThreeClasses implements Loss {
    @Override
    public Tensor apply(Tensor logits, Tensor labels) {
      if (logits.size(1) != 3) {
        throw new IllegalArgumentException(
            "logits: expected logits of 3 classes, got " + logits.size(1));
      }
      return logits.sum();
    }

    @Override
    public String toJson() {
      return "{}";
    }

    @Override
    public void close() {}
  }

  @Test
  void writersOfFiles_areAllCommandsThatWriteOne() {
    assertThat(writers(Main.commandLine()))
        .containsExactlyInAnyOrderElementsOf(
            writersOfFiles()
                .map(
                    command -> command.replaceAll(" (--logits|--steps|ce|dice|/)[^-]*.* --", " --"))
                .toList());
  }

  private static List<String> writers(CommandLine line) {
    String name = line.getCommandSpec().qualifiedName().replaceFirst("autoloss ?", "");
    return Stream.concat(
            line.getCommandSpec().options().stream()
                .filter(option -> List.of("--out", "--grad-out").contains(option.longestName()))
                .filter(option -> option.paramLabel().equals("FILE"))
                .map(option -> name + " " + option.longestName()),
            line.getSubcommands().values().stream().flatMap(each -> writers(each).stream()))
        .toList();
  }

  /** Commands with files that they read; what they read is to be the output as well. */
  static Stream<Arguments> inputs() throws IOException {
    Path run = shared.resolve("run");
    Path scenes = shared.resolve("scenes");
    Path found = Files.writeString(shared.resolve("a+b.json"), "{\"kind\":\"dice\"}");
    Path checkpoint = shared.resolve("m.ckpt");
    assertThat(run("train --steps 1" + TRAINING + scenes + " --out " + checkpoint).exitCode())
        .isZero();
    Path jar = Files.write(shared.resolve("plugins.jar"), EMPTY_ZIP);
    Path logits = Files.copy(Golden.file("asl", "d0.logits.npy"), shared.resolve("z.npy"));
    Path labels = Files.copy(Golden.file("asl", "d0.labels.npy"), shared.resolve("y.npy"));
    String train = "train --steps 1 --init " + checkpoint + " --plugins " + jar;
    train += " --loss 0.5*" + found + "+ce" + TRAINING + scenes + " --out";
    String arrays = " --logits " + logits + " --labels " + labels + " --grad-out";
    return Stream.of(
        arguments("runs export " + run + " --out", run, List.of("run.db", "config.json")),
        arguments("report " + run + " --out", run, List.of("run.db", "run.lock")),
        arguments("loss export " + found + " --out", shared, List.of("a+b.json")),
        arguments("loss plot asl:\"" + found + "\" --out", shared, List.of("a+b.json")),
        arguments(train, shared, List.of("a+b.json", "m.ckpt", "plugins.jar")),
        arguments(
            train,
            scenes,
            List.of(
                "classes.txt", "ImageSets/Segmentation/train.txt", "JPEGImages/test_00001.jpg")),
        arguments("loss ce" + arrays, shared, List.of("z.npy", "y.npy")),
        arguments("loss graph:" + found + arrays, shared, List.of("a+b.json")));
  }

  @ParameterizedTest
  @MethodSource("inputs")
  void out_fileThatTheCommandReads_isRefusedAndStays(String command, Path place, List<String> names)
      throws IOException {
    for (String name : names) {
      Path input = place.resolve(name);
      byte[] before = Files.readAllBytes(input);
      Path link =
          Files.createSymbolicLink(Files.createTempDirectory(folder, "").resolve("x"), input);
      Path roundabout = place.resolve("../" + place.getFileName() + "/./" + name);
      for (Path out : List.of(input, link, roundabout)) {
        assertRefused(
            command, out.toString(), "ut: expected a file that this command does not read");
        assertThat(input).hasBinaryContent(before);
      }
      assertThat(link).isSymbolicLink();
    }
  }

  @Test
  void out_logOfTheDatabaseThatIsNotThere_isRefused() throws IOException {
    Path run = shared.resolve("run");
    for (String name : new String[] {"run.db-wal", "run.db-shm", "run.db-journal"}) {
      assertThat(run.resolve(name)).doesNotExist();
      Path link = Files.createSymbolicLink(folder.resolve(name), run.resolve(name));
      for (String command : new String[] {"runs export ", "report "}) {
        assertRefused(command + run + " --out", link.toString(), "that this command does not read");
      }
      assertThat(run.resolve(name)).doesNotExist();
    }
  }

  @Test
  void out_earlierOutputBesideTheInputs_isReplaced() {
    String run = shared.resolve("run").toString();
    String scenes = shared.resolve("scenes").toString();
    for (int i = 0; i < 2; i++) {
      assertThat(run("report " + run).exitCode()).isZero();
      assertThat(run("runs export " + run + " --out " + run + "/all.csv").exitCode()).isZero();
      String train = "train --steps 1" + TRAINING + scenes + " --out " + scenes + "/net.ckpt";
      assertThat(run(train).exitCode()).isZero();
    }
  }

  @Test
  void gradOut_fileThatACaseReads_isRefusedAndLaterCasesRun() throws IOException {
    Files.copy(Golden.file("asl", "d0.logits.npy"), folder.resolve("z.npy"));
    Files.copy(Golden.file("asl", "d0.labels.npy"), folder.resolve("y.npy"));
    Files.createSymbolicLink(folder.resolve("link"), folder.resolve("cases.json"));
    String rest = "\"loss\":\"ce\",\"logits\":\"z.npy\",\"labels\":\"y.npy\"}";
    Path cases =
        Files.writeString(
            folder.resolve("cases.json"),
            Stream.of("link", "./y.npy", "g.npy")
                .map(out -> "{\"gradOut\":\"" + out + "\"," + rest)
                .toList()
                .toString());
    byte[] labels = Files.readAllBytes(folder.resolve("y.npy"));
    String text = Files.readString(cases);
    CommandLineRun run = run("loss --cases " + cases);
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out().lines().filter(line -> line.contains("does not read"))).hasSize(2);
    assertThat(run.out().lines().toList().get(2)).contains("\"value\"");
    assertThat(cases).content().isEqualTo(text);
    assertThat(folder.resolve("y.npy")).hasBinaryContent(labels);
    assertThat(folder.resolve("g.npy")).exists();
  }

  @Test
  void search_warmStartDiverges_leavesNoFolderInTheWay() throws IOException {
    assertRefused(
        "search asl --metric mIoU --warm-steps 2 --learning-rate 1e38"
            + TRAINING
            + shared.resolve("scenes")
            + " --name run --out",
        folder.resolve("new/runs").toString(),
        "take a smaller learning rate");
  }

  private void assertRefused(String command, String out, String reason) throws IOException {
    List<Path> before = content();
    Object[] words = Stream.concat(Stream.of(command.split(" ")), Stream.of(out)).toArray();
    CommandLineRun run = CommandLineRun.of(words);
    assertThat(run.exitCode()).as(run.err()).isEqualTo(1);
    assertThat(run.err()).doesNotContain("\tat ");
    assertThat(run.err().lines().filter(said -> said.startsWith("autoloss: ")))
        .singleElement()
        .asString()
        .contains(reason);
    assertThat(content()).isEqualTo(before);
  }

  private List<Path> content() throws IOException {
    try (Stream<Path> paths = Files.walk(folder)) {
      return paths.toList();
    }
  }
}
