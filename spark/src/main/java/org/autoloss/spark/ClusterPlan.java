package org.autoloss.spark;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.PriorityQueue;
import java.util.SplittableRandom;

/**
 * What a search of AutoLoss-Zero would take on a cluster, by playing it through: the driver
 * explores losses, slots train those that pass, executors die, and a generation waits for its
 * slowest training or there is none. Each input can be replaced; the output says where its value is
 * from.
 *
 * <pre>java -cp 'spark/target/home/jars/*' org.autoloss.spark.ClusterPlan [NAME=VALUE]...</pre>
 */
public final class ClusterPlan {
  private static final double HOUR = 3_600;

  /** What a plan depends on. Seconds, unless the name says else. */
  enum Input {
    EXPLORED(1_500_000, "the paper's order of magnitude"),
    TRAININGS(10_000, "asked for"),
    SLOTS(64, "asked for: a GPU each"),
    EXPLORED_PER_SECOND(18_800, "measured: docs/results/autoloss-zero.md, two cores"),
    TRAINING(100, "assumed: 1,000 steps at 10 a second; measure yours"),
    SPREAD(0.3, "assumed: deviation of the logarithm of a training's time"),
    STOPPED(0.2, "assumed: share of trainings whose loss becomes NaN in their first tenth"),
    OVERHEAD(0.1, "measured: docs/results/cluster.md, from one training's end to the next one"),
    EXECUTOR_START(
        6, "measured: docs/results/cluster.md, process, libtorch and task; no image to pull"),
    EXECUTOR_HOURS(100, "assumed: hours between two deaths of an executor"),
    JOURNAL(0.005, "assumed: a commit of the journal, one after the other");

    private final double usual;
    private final String source;

    Input(double usual, String source) {
      this.usual = usual;
      this.source = source;
    }

    private String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * How a search went.
   *
   * @param seconds from start to end
   * @param busy share of the slots' time in trainings that count
   * @param deaths executors that died
   */
  record Outcome(double seconds, double busy, int deaths) {}

  private final double[] values = Arrays.stream(Input.values()).mapToDouble(i -> i.usual).toArray();

  ClusterPlan(String... given) {
    for (String text : given) {
      int equals = text.indexOf('=');
      Input input = equals < 0 ? null : input(text.substring(0, equals));
      if (input == null) {
        throw new IllegalArgumentException(
            "plan: expected NAME=VALUE with one of "
                + Arrays.stream(Input.values()).map(Input::label).toList()
                + ", got '"
                + text
                + "'");
      }
      values[input.ordinal()] = Double.parseDouble(text.substring(equals + 1));
    }
  }

  private static Input input(String name) {
    return Arrays.stream(Input.values())
        .filter(each -> each.label().equals(name))
        .findFirst()
        .orElse(null);
  }

  /**
   * Prints inputs and outcomes.
   *
   * @param arguments inputs to replace
   */
  public static void main(String[] arguments) {
    System.out.print(new ClusterPlan(arguments).toMarkdown());
  }

  private double of(Input input) {
    return values[input.ordinal()];
  }

  /**
   * Plays a search through.
   *
   * @param generation how many candidates wait for one another; 0 for none
   */
  Outcome play(int generation) {
    SplittableRandom random = new SplittableRandom(1);
    int trainings = (int) of(Input.TRAININGS);
    double screening = of(Input.EXPLORED) / trainings / of(Input.EXPLORED_PER_SECOND);
    PriorityQueue<Double> slots = new PriorityQueue<>(); // when each is free
    for (int i = 0; i < of(Input.SLOTS); i++) {
      slots.add(0.0);
    }
    double driver = 0; // when it has drawn what it has drawn, and written what has ended
    double last = 0; // end of what has begun
    double trained = 0;
    int[] deaths = {0};
    for (int i = 0; i < trainings; i++) {
      if (generation > 0 && i % generation == 0) {
        driver = Math.max(driver, last);
      }
      driver += screening + of(Input.JOURNAL);
      double start = Math.max(slots.remove(), driver) + of(Input.OVERHEAD);
      double length = length(random);
      double end = start + length + lost(length, random, deaths);
      trained += length;
      last = Math.max(last, end);
      slots.add(end);
    }
    return new Outcome(last, trained / last / of(Input.SLOTS), deaths[0]);
  }

  /** Of a training: most have a log-normal time, some stop early. */
  private double length(SplittableRandom random) {
    double spread = of(Input.SPREAD);
    double factor = Math.exp(spread * random.nextGaussian() - spread * spread / 2);
    boolean stopped = random.nextDouble() < of(Input.STOPPED);
    return of(Input.TRAINING) * factor * (stopped ? 0.1 * random.nextDouble() : 1);
  }

  /** What the deaths of executors add: half a training each on average, and a new process. */
  private double lost(double length, SplittableRandom random, int[] deaths) {
    double chance = 1 - Math.exp(-length / (HOUR * of(Input.EXECUTOR_HOURS)));
    double lost = 0;
    while (random.nextDouble() < chance) {
      deaths[0]++;
      lost += random.nextDouble() * length + of(Input.EXECUTOR_START);
    }
    return lost;
  }

  String toMarkdown() {
    StringBuilder text = new StringBuilder("| input | value | from |\n| --- | ---: | --- |\n");
    for (Input input : Input.values()) {
      text.append(
          String.format(
              Locale.ROOT, "| %s | %,.4g | %s |%n", input.label(), of(input), source(input)));
    }
    text.append("\n| generations | hours | slots' hours | busy | executors that died |\n");
    text.append("| --- | ---: | ---: | ---: | ---: |\n");
    for (int generation : List.of(8, (int) of(Input.SLOTS), 0)) {
      Outcome outcome = play(generation);
      text.append(
          String.format(
              Locale.ROOT,
              "| %s | %.1f | %.0f | %.0f %% | %d |%n",
              generation == 0 ? "none (--asynchronous)" : "of " + generation,
              outcome.seconds() / HOUR,
              outcome.seconds() / HOUR * of(Input.SLOTS),
              100 * outcome.busy(),
              outcome.deaths()));
    }
    return text.toString();
  }

  private String source(Input input) {
    return of(input) == input.usual ? input.source : "given";
  }
}
