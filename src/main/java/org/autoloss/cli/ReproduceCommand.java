package org.autoloss.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.autoloss.experiment.Budget;
import org.autoloss.internal.AtomicFiles;
import org.autoloss.internal.Destination;
import org.autoloss.internal.Shell;
import org.autoloss.report.PublishedResults;
import org.autoloss.search.RandomSearch;
import org.autoloss.search.evolution.AutoLossZero;
import org.autoloss.search.ppo.AutoSegLoss;
import org.autoloss.storage.RunInfo;
import org.autoloss.storage.RunReader;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** {@code autoloss reproduce}. */
@Command(
    name = "reproduce",
    description = {
      "Makes a paper's tables: a search for each metric, the same budget of random search beside it, the"
          + " fair race of all losses on the test list, and transfer.",
      "Runs the commands search and table, and prints each; run again with the same options, it goes on"
          + " where it was. Writes reproduce.md, with the authors' own numbers where they have a source."
    },
    mixinStandardHelpOptions = true,
    showDefaultValues = true)
final class ReproduceCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin(name = PluginOptions.NAME)
  private PluginOptions plugins;

  /** The papers. */
  enum Method {
    ASL,
    ZERO;

    String label() {
      return this == ASL ? AutoSegLoss.NAME : AutoLossZero.NAME;
    }
  }

  @Parameters(index = "0", paramLabel = "METHOD", description = "asl or zero")
  private Method method;

  @Parameters(
      index = "1..*",
      showDefaultValue = CommandLine.Help.Visibility.NEVER,
      paramLabel = "OPTION",
      description = "behind --: options for every search and table, such as --crop 96")
  private List<String> common = new ArrayList<>();

  @Option(names = "--data", required = true, paramLabel = "DIR", description = "folder of the data")
  private Path data;

  @Option(
      names = "--metric",
      split = ",",
      defaultValue = "mIoU,FWIoU,mAcc,gAcc,BIoU,BF1",
      paramLabel = "NAME",
      description = "what is searched for, one after the other")
  private List<String> metrics;

  @Option(
      names = "--preset",
      defaultValue = "quick",
      description = "quick, mobile or paper: sizes of searches and tables, see there")
  private String preset;

  @Option(
      names = "--budget",
      paramLabel = "TIME",
      description =
          "for all searches together, such as 3h; the tables come on top (default: no limit)")
  private String budget;

  @Option(
      names = "--learning-rates",
      defaultValue = "0.05,0.1,0.2,0.4",
      description = "that each loss of the tables tries for itself")
  private String rates;

  @Option(
      names = "--loss",
      defaultValue = "ce;wce;dpce;ssim;dice;lovasz",
      description = "rows of hand-made losses, parted by semicolons")
  private String losses;

  @Option(
      names = "--other-data",
      showDefaultValue = CommandLine.Help.Visibility.NEVER,
      paramLabel = "DIR",
      description = "for a table of transfer; repeat it")
  private List<Path> otherData = List.of();

  @Option(
      names = "--other-network",
      showDefaultValue = CommandLine.Help.Visibility.NEVER,
      paramLabel = "KIND",
      description = "for a table of transfer; repeat it")
  private List<String> otherNetworks = List.of();

  @Option(
      names = "--search-options",
      defaultValue = "",
      paramLabel = "OPTIONS",
      description =
          "for every search, parted by spaces, such as \"--steps 12 --samples 32\"; random search"
              + " takes those that it has")
  private String searchOptions;

  @Option(
      names = "--table-options",
      defaultValue = "",
      paramLabel = "OPTIONS",
      description = "for every table, parted by spaces")
  private String tableOptions;

  @Option(names = "--seed", defaultValue = "0", description = "of everything random")
  private long seed;

  @Option(names = "--workers", defaultValue = "2", description = "trainings side by side")
  private int workers;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "folder of all runs and tables")
  private Path folder;

  @Override
  public Integer call() throws IOException {
    Destination.requireFolder("--out", folder);
    check();
    Map<String, Path> searched = new TreeMap<>(); // the rows of the tables
    for (String how : hows()) {
      for (String metric : metrics) {
        search(how, metric, searched);
      }
    }
    for (List<String> table : tables(searched)) {
      execute(table);
    }
    Path file = folder.resolve("reproduce.md");
    AtomicFiles.write(file, document());
    spec.commandLine().getOut().printf(Locale.ROOT, "%nThe tables are in %s.%n", file);
    spec.commandLine().getOut().flush();
    return 0;
  }

  /** Tries the commands to come, for what is wrong with the last should not be told after hours. */
  private void check() throws IOException {
    hows().forEach(how -> parse(searchOf(how, metrics.get(0))));
    List<ParseResult> tables = tables(Map.of()).stream().map(ReproduceCommand::parse).toList();
    for (ParseResult table : tables) {
      try (Plugins plugins = Main.plugins(table)) {
        ((TableCommand) table.subcommand().commandSpec().userObject()).check();
      }
    }
  }

  private static ParseResult parse(List<String> words) {
    try {
      return Main.commandLine().parseArgs(words.toArray(String[]::new));
    } catch (CommandLine.ParameterException e) {
      throw new IllegalArgumentException(
          "reproduce: expected options that each command takes, got from "
              + String.join(" ", words.subList(0, words.get(0).equals("search") ? 2 : 1))
              + ": "
              + e.getMessage(),
          e);
    }
  }

  /** The ways of searching, as {@code search} names them. */
  private List<String> hows() {
    return method == Method.ASL
        ? List.of(method.label(), RandomSearch.NAME)
        : List.of(method.label());
  }

  private static String name(String how, String metric) {
    return how + "-" + metric.replaceAll("[^A-Za-z0-9]+", "-");
  }

  private void search(String how, String metric, Map<String, Path> searched) throws IOException {
    Path run = folder.resolve("runs").resolve(name(how, metric));
    searched.put(
        (how.equals(RandomSearch.NAME) ? "Random " : "Searched ") + metric,
        run.resolve("candidate.json"));
    if (RunReader.isRun(run)) {
      if (!isComplete(run)) {
        execute(List.of("search", "resume", run.toString(), "--workers", "" + workers));
      }
      return;
    }
    execute(searchOf(how, metric));
  }

  private List<String> searchOf(String how, String metric) {
    List<String> words = new ArrayList<>(List.of("search", how, "--metric", metric));
    words.addAll(List.of("--name", name(how, metric), "--out", folder.resolve("runs").toString()));
    if (budget != null) {
      int searches = metrics.size() * hows().size();
      Budget all = LimitOptions.time("--budget", budget);
      words.addAll(List.of("--budget", Math.max(1, Math.round(all.seconds() / searches)) + "s"));
    }
    return with(words, of(how, searchOptions));
  }

  /** The options without those that are the paper's method's alone, such as {@code --start}. */
  private List<String> of(String how, String options) {
    Map<String, CommandLine> searches =
        Main.commandLine().getSubcommands().get("search").getSubcommands();
    CommandSpec here = searches.get(how).getCommandSpec();
    CommandSpec paper = searches.get(method.label()).getCommandSpec();
    List<String> left = new ArrayList<>();
    Iterator<String> words = words(options).iterator();
    while (words.hasNext()) {
      String word = words.next();
      String option = word.replaceFirst("=.*", "");
      OptionSpec foreign = here.findOption(option) == null ? paper.findOption(option) : null;
      if (foreign == null) {
        left.add(word);
      } else if (foreign.arity().min() > 0 && option.equals(word) && words.hasNext()) {
        words.next(); // its value
      }
    }
    return left;
  }

  private static List<String> words(String options) {
    return options.isBlank() ? List.of() : List.of(options.strip().split("\\s+"));
  }

  private static boolean isComplete(Path run) throws IOException {
    try (RunReader reader = RunReader.open(run)) {
      return reader.info().status() == RunInfo.Status.COMPLETE;
    }
  }

  /** The commands that make the tables: the fair race, and transfer where that is asked for. */
  private List<List<String>> tables(Map<String, Path> searched) {
    List<List<String>> tables = new ArrayList<>();
    tables.add(tableOf(searched, folder.resolve("table"), List.of()));
    if (hasTransfer()) {
      List<String> others = new ArrayList<>(List.of("--transfer"));
      otherData.forEach(other -> others.addAll(List.of("--other-data", other.toString())));
      otherNetworks.forEach(other -> others.addAll(List.of("--other-network", other)));
      tables.add(tableOf(searched, folder.resolve("transfer"), others));
    }
    return tables;
  }

  private boolean hasTransfer() {
    return !otherData.isEmpty() || !otherNetworks.isEmpty();
  }

  private List<String> tableOf(Map<String, Path> searched, Path out, List<String> others) {
    List<String> words = new ArrayList<>(List.of("table", "--loss", losses));
    words.addAll(List.of("--out", out.toString(), "--learning-rates", rates));
    for (String metric : method == Method.ASL ? metrics : List.<String>of()) {
      words.addAll(List.of("--loss", "asl:" + metric));
    }
    searched.forEach((name, file) -> words.addAll(List.of("--searched", name + "=" + file)));
    words.addAll(others);
    return with(words, words(tableOptions));
  }

  /** Adds what all commands share. */
  private List<String> with(List<String> words, List<String> more) {
    List<String> all = new ArrayList<>(words);
    all.addAll(List.of("--data", data.toString(), "--preset", preset));
    all.addAll(List.of("--seed", "" + seed, "--workers", "" + workers));
    all.addAll(common);
    all.addAll(more);
    return all;
  }

  /** Runs a command of this program; what it prints of results is in its files. */
  private void execute(List<String> words) {
    PrintWriter err = spec.commandLine().getErr();
    StringBuilder line = new StringBuilder("autoloss");
    words.forEach(word -> line.append(' ').append(Shell.word(word)));
    err.println(line);
    err.flush();
    int code =
        Main.commandLine()
            .setOut(new PrintWriter(Writer.nullWriter()))
            .setErr(err)
            .execute(words.toArray(String[]::new));
    if (code != 0) {
      throw new IllegalStateException(
          "reproduce: expected the command above to succeed, got exit code "
              + code
              + "; what is done stays, and the same command goes on");
    }
  }

  private String document() throws IOException {
    StringBuilder text =
        new StringBuilder("# The tables of ")
            .append(method == Method.ASL ? "Auto Seg-Loss" : "AutoLoss-Zero")
            .append("\n\nPreset ")
            .append(preset)
            .append(", seed ")
            .append(seed)
            .append(
                "; percent, mean and standard error. Data, versions and every training are in runs and"
                    + " table beside this file.\n\n")
            .append(Files.readString(folder.resolve("table/table.md")));
    if (hasTransfer()) {
      for (Path each : folders(folder.resolve("transfer"))) {
        text.append("\n## Transfer: ").append(each.getFileName()).append("\n\n");
        text.append(Files.readString(each.resolve("table.md")));
      }
    }
    text.append("\n## Beside the authors' numbers\n\n");
    return text.append(
            PublishedResults.toMarkdown(method.label())
                .orElse("Of this paper there are no numbers here that have a source to check.\n"))
        .toString();
  }

  private static List<Path> folders(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files.filter(Files::isDirectory).sorted().toList();
    }
  }
}
