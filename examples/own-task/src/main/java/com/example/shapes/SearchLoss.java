package com.example.shapes;

import java.io.IOException;
import java.nio.file.Path;
import org.autoloss.experiment.LossSearch;
import org.autoloss.experiment.SearchPlan;
import org.autoloss.metric.ObjectiveMetric;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.autoloss.search.ProgressListener;
import org.autoloss.search.RandomSearch;
import org.autoloss.search.Workers;
import org.autoloss.storage.RunFolder;
import org.autoloss.task.Task;

/** Searches a loss for the task from Java: the same as {@code autoloss search random} does. */
public final class SearchLoss {
  private SearchLoss() {}

  /**
   * Searches, and prints the table.
   *
   * @param args the folder of the run, which is made
   * @throws IOException if the run cannot be written
   */
  public static void main(String[] args) throws IOException {
    Task task = new ShapesTask("pooled:width=8", 32, 0.3);
    SearchPlan plan =
        new SearchPlan(
            ObjectiveMetric.of(SegmentationMetric.MACC),
            new RandomSearch(2, 6), // losses in steps of 6
            100, // steps of the warm start
            60, // steps of each proxy training
            150, // steps of each longer training
            2, // candidates that are confirmed
            2, // trainings of each of them
            2, // trainings of each loss in the table
            1); // seed of everything random
    Path folder = Path.of(args.length > 0 ? args[0] : "target/run");
    try (Workers workers = Workers.of(2);
        RunFolder run =
            RunFolder.create(folder, plan.method().name(), LossSearch.configuration(task, plan))) {
      LossSearch search = new LossSearch(task, plan, run, ProgressListener.NONE);
      LossSearch.Result result = search.run(LossSearch.Executors.local(workers));
      System.out.println(result.standing().toMarkdown());
      System.out.println("The loss is in " + folder.resolve("found.json"));
    }
  }
}
