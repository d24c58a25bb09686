package org.autoloss.benchmarks;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatFactory;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.util.ListStatistics;

/**
 * Benchmarks of losses in rounds: one fork of each, then again. A machine that is slower for a
 * minute is slower for a whole round, so that the ratios within a round tell more than those of
 * means: printed are the median ratio to {@code torch:ce} at the same settings and the least and
 * largest one.
 *
 * <p>Run: {@code benchmarks/run.sh --rounds 5 SurrogateBenchmark [JMH OPTIONS]}
 */
public final class Rounds {
  private static final String LOSS = "loss";
  static final String BASELINE = "torch:ce";

  private Rounds() {}

  /**
   * Runs the benchmarks.
   *
   * @param args how many rounds; then JMH's own arguments
   * @throws Exception if JMH cannot go on
   */
  public static void main(String[] args) throws Exception {
    int rounds = Integer.parseInt(args[0]);
    CommandLineOptions options =
        new CommandLineOptions(List.of(args).subList(1, args.length).toArray(String[]::new));
    List<Map<Row, Double>> times = new ArrayList<>();
    Collection<RunResult> all = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      Collection<RunResult> results =
          new Runner(new OptionsBuilder().parent(options).forks(1).build()).run();
      all.addAll(results);
      Map<Row, Double> scores = new LinkedHashMap<>();
      results.forEach(result -> scores.put(Row.of(result), result.getPrimaryResult().getScore()));
      times.add(scores);
    }
    if (options.getResult().hasValue()) {
      ResultFormatFactory.getInstance(ResultFormatType.JSON, options.getResult().get())
          .writeOut(all);
    }
    print(times);
  }

  private static void print(List<Map<Row, Double>> times) {
    System.out.printf("%n| settings | loss | us, median | of %s | least | largest |%n", BASELINE);
    System.out.println("| :--- | :--- | ---: | ---: | ---: | ---: |");
    for (Row row : times.get(0).keySet()) {
      Row baseline = row.withLoss(BASELINE);
      ListStatistics us = statistics(times, round -> time(round, row));
      ListStatistics ratios = statistics(times, round -> time(round, row) / time(round, baseline));
      if (ratios.getN() > 0) {
        System.out.printf(
            Locale.ROOT,
            "| %s | %s | %.1f | %.2f x | %.2f | %.2f |%n",
            row.settings(),
            row.loss(),
            us.getPercentile(50),
            ratios.getPercentile(50),
            ratios.getMin(),
            ratios.getMax());
      }
    }
  }

  /** NaN where the benchmark failed. */
  private static double time(Map<Row, Double> round, Row row) {
    return round.getOrDefault(row, Double.NaN);
  }

  private static ListStatistics statistics(
      List<Map<Row, Double>> times, ToDoubleFunction<Map<Row, Double>> value) {
    return new ListStatistics(
        times.stream().mapToDouble(value).filter(each -> !Double.isNaN(each)).toArray());
  }

  /** What a row is of: all parameters but the loss, and the loss. */
  private record Row(String settings, String loss) {
    static Row of(RunResult result) {
      Map<String, String> settings = new TreeMap<>();
      result.getParams().getParamsKeys().stream()
          .filter(key -> !key.equals(LOSS))
          .forEach(key -> settings.put(key, result.getParams().getParam(key)));
      return new Row(settings.toString(), result.getParams().getParam(LOSS));
    }

    Row withLoss(String other) {
      return new Row(settings, other);
    }
  }
}
