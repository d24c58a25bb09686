package org.autoloss.cli;

import org.autoloss.internal.Excerpt;
import org.autoloss.task.Task;

/** The learning rate as it is typed: a number, or a word for the task to choose it. */
final class LearningRate {
  private static final String OPTION = "--learning-rate";

  /** In place of a number: the task tries rates out. */
  static final String AUTO = "auto";

  private LearningRate() {}

  /** A number, or the word. */
  static Object value(String text) {
    return text.equals(AUTO) ? (Object) AUTO : (Object) number(OPTION, text, ", or auto");
  }

  /** A number. */
  static double number(String option, String text) {
    return number(option, text, "");
  }

  private static double number(String option, String text, String others) {
    double rate;
    try {
      rate = Double.parseDouble(text);
    } catch (NumberFormatException e) {
      rate = Double.NaN; // refused below
    }
    if (!(rate > 0 && rate < Float.MAX_VALUE)) {
      throw new IllegalArgumentException(
          option
              + ": expected a number above 0 that float32 holds"
              + others
              + ", got "
              + Excerpt.of(text));
    }
    return rate;
  }

  /** What is to be said of a rate that nobody has chosen. */
  static String untuned(Task task) {
    return "learning rate "
        + task.training(1).learningRate()
        + ": the default, not tuned to these data and this network; "
        + OPTION
        + " auto tries rates out first";
  }

  /** Refuses a rate that is yet to be chosen. */
  static void requireNumber(Task task) {
    if (!task.learningRates().isEmpty()) {
      throw new IllegalArgumentException(
          OPTION + ": expected a number, got auto, which only searches and tables try out");
    }
  }
}
