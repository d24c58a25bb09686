package org.autoloss.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.autoloss.experiment.Confirmation;
import org.autoloss.task.Division;
import org.autoloss.task.FoldScore;
import org.autoloss.task.Split;
import org.autoloss.task.Task;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** The options that say how a search is scored and confirmed. */
final class ConfirmOptions {
  // Of the reward list: more would leave the scores too few images, less the confirmation.
  private static final double SHARE = 0.3;

  @Option(
      names = "--confirm-split",
      paramLabel = "LIST",
      description = {
        "list for the confirmation of the best candidates, which no score sees; that of --reward-split",
        "to confirm where they were scored (default: the last 30 %% of the reward list, which then",
        "scores with the rest; a list of one image is not divided)"
      })
  private String list;

  @Option(
      names = "--confirm-network",
      paramLabel = "NAME[:OPTIONS]",
      description =
          "a second network that the best candidates and the baselines are trained with as well: the"
              + " means over both decide (default: none)")
  private String network;

  @Option(
      names = "--folds",
      defaultValue = "1",
      description = {
        "parts of the reward list, by position, that are scored one by one: for lists of sequences;",
        "1 scores all images together, as the papers do"
      })
  private int folds;

  @Option(
      names = "--fold-score",
      defaultValue = "mean",
      paramLabel = "SCORE",
      description = "what a reward is of its folds: mean, least, mean-minus-error")
  private String score;

  @Option(
      names = "--baseline",
      showDefaultValue = CommandLine.Help.Visibility.NEVER,
      paramLabel = "SPEC",
      description =
          "a loss that the found one must beat as well as the task's own, such as dice; repeat it; none"
              + " for none (default: of segmentation the best hand-made one for the metric, dice for mIoU,"
              + " BIoU and BF1, wce for mAcc; of preset paper none)")
  private List<String> baselines;

  /** Adds the confirmation's own list, if it has one. */
  void addTo(Map<Split, String> lists) {
    if (list != null && !list.equals(lists.get(Split.REWARD))) {
      lists.put(Split.CONFIRM, list);
    }
  }

  /** The task with its reward split divided as the options say. */
  Task divide(Task task) {
    return new Division(isCarved(task) ? SHARE : 0, folds, FoldScore.of(score)).apply(task);
  }

  /** Whether the confirmation gets the end of the reward list: one sample has no end of its own. */
  private boolean isCarved(Task task) {
    return list == null && task.samples(Split.REWARD).orElse(0) > 1;
  }

  /**
   * How candidates are confirmed.
   *
   * @param task as it is before the division
   * @param lists its lists
   * @param usual the baselines where none are given
   */
  Confirmation confirmation(Task task, Map<Split, String> lists, List<String> usual) {
    boolean unseen = lists.containsKey(Split.CONFIRM) || isCarved(task);
    Map<String, String> rows = new LinkedHashMap<>();
    (baselines == null ? usual : baselines)
        .stream()
            .filter(loss -> !loss.equals(HandMade.NONE))
            .forEach(loss -> rows.put(loss, TableRows.fixed(loss, task)));
    boolean tried = !task.learningRates().isEmpty() && !rows.isEmpty();
    return new Confirmation(
        unseen ? Split.CONFIRM : Split.REWARD,
        rows,
        network,
        tried ? rows.keySet().iterator().next() : null);
  }
}
