package org.autoloss.cli;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.autoloss.experiment.Budget;
import picocli.CommandLine.Option;

/** The options that end a search before its time. */
final class LimitOptions {
  private static final Pattern TIME = Pattern.compile("(\\d+(?:\\.\\d+)?)([smh])");
  private static final String NONE = "none";

  @Option(
      names = "--budget",
      paramLabel = "TIME",
      description = {
        "time for warm start and search, such as 90s, 30m or 2h: no step begins after it; the best"
            + " so far is then confirmed and tested (none: no limit)"
      })
  private String budget;

  @Option(
      names = "--candidates",
      paramLabel = "N",
      description = "the same after N candidates: trained by asl, explored by zero (0: no limit)")
  private Long candidates;

  /** Whether any of them is given. */
  boolean given() {
    return budget != null || candidates != null;
  }

  Budget limit() {
    return new Budget(
        budget == null || budget.equals(NONE) ? Budget.NONE.seconds() : seconds("--budget", budget),
        candidates == null || candidates == 0 ? Budget.NONE.candidates() : candidates);
  }

  /** A time alone. */
  static Budget time(String option, String text) {
    return new Budget(seconds(option, text), Budget.NONE.candidates());
  }

  private static double seconds(String option, String text) {
    Matcher matcher = TIME.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          option + ": expected a number with s, m or h, such as 30m, or none, got '" + text + "'");
    }
    int unit =
        switch (matcher.group(2)) {
          case "s" -> 1;
          case "m" -> 60;
          default -> 3600;
        };
    return unit * Double.parseDouble(matcher.group(1));
  }
}
