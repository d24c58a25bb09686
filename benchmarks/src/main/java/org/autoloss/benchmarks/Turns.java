package org.autoloss.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.openjdk.jmh.util.ListStatistics;

/**
 * Steps of several losses in turns, in one process that is warm: what a small loss costs in a long
 * training. A step of some 20 us depends on more than its own work, such as where a JVM's memory
 * ended up, and that is alike within one process; forks of JMH, as of {@link Rounds}, differ in it
 * and end before the heap has been gone through once.
 *
 * <p>Printed are medians of the times of a step, and of the ratios to {@code torch:ce} of the same
 * round, with their quartiles.
 *
 * <p>Run: {@code benchmarks/run.sh --turns 40 1x2x8x8 ce asl:mIoU dice}
 */
public final class Turns {
  private static final int THREADS = 2;
  private static final double TURN = 0.04; // seconds
  private static final int WARM_UP = 50; // turns of each loss

  private Turns() {}

  /**
   * Measures.
   *
   * @param args how many rounds; the size, {@code NxCxHxW}; the losses, as {@link Steps} names them
   */
  public static void main(String[] args) {
    int rounds = Integer.parseInt(args[0]);
    List<String> names = new ArrayList<>(List.of(Rounds.BASELINE));
    names.addAll(List.of(args).subList(2, args.length));
    Batch batch = new Batch(args[1], "shapes", THREADS);
    List<Steps> losses = names.stream().map(name -> new Steps(batch, name, "asl:mIoU")).toList();
    int steps = 1;
    for (int turn = 0; turn < WARM_UP; turn++) {
      double baseline = microseconds(losses.get(0), steps);
      steps = (int) Math.max(1, TURN * 1e6 / baseline);
      for (Steps loss : losses) {
        microseconds(loss, steps);
      }
    }
    double[][] times = new double[names.size()][rounds];
    for (int round = 0; round < rounds; round++) {
      for (int i = 0; i < names.size(); i++) {
        times[i][round] = microseconds(losses.get(i), steps);
      }
    }
    losses.forEach(Steps::close);
    print(names, times);
  }

  /** The mean time of some steps. */
  private static double microseconds(Steps loss, int steps) {
    long before = System.nanoTime();
    for (int k = 0; k < steps; k++) {
      loss.step();
    }
    return (System.nanoTime() - before) / 1e3 / steps;
  }

  private static void print(List<String> names, double[][] times) {
    System.out.printf("| loss | us, median | of %s | quartiles |%n", Rounds.BASELINE);
    System.out.println("| :--- | ---: | ---: | ---: |");
    for (int i = 0; i < names.size(); i++) {
      double[] ratios = times[i].clone();
      Arrays.setAll(ratios, round -> ratios[round] / times[0][round]);
      ListStatistics ofRatios = new ListStatistics(ratios);
      System.out.printf(
          Locale.ROOT,
          "| %s | %.1f | %.2f x | %.2f to %.2f |%n",
          names.get(i),
          new ListStatistics(times[i]).getPercentile(50),
          ofRatios.getPercentile(50),
          ofRatios.getPercentile(25),
          ofRatios.getPercentile(75));
    }
  }
}
