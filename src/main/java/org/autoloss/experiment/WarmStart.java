package org.autoloss.experiment;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.autoloss.loss.LossSet;
import org.autoloss.nn.Checkpoint;
import org.autoloss.search.ProgressListener;
import org.autoloss.storage.RunLog;
import org.autoloss.task.Split;
import org.autoloss.task.Task;
import org.autoloss.task.TaskModel;
import org.autoloss.train.Trainer;
import org.autoloss.train.TrainingResult;
import org.autoloss.train.TrainingSettings;

/**
 * The weights that searches and comparisons begin with: a network trained by the losses that people
 * use, on a split of its own. Papers begin with weights learnt on ImageNet; from random weights the
 * surrogates learn too slowly to be compared.
 *
 * @param task data and network
 * @param steps of the training; 0 to take the weights that the task begins with
 * @param rate in place of the task's learning rate; null for that
 * @param seed of the first weights and the data's order
 * @param file in the run's folder
 */
record WarmStart(Task task, int steps, Double rate, long seed, String file) {
  private static final String FILE = "warm.ckpt";
  private static final String RECIPE = "warmStart";

  WarmStart(Task task, int steps, Double rate, long seed) {
    this(task, steps, rate, seed, FILE);
  }

  /**
   * Trains, or takes what an earlier call with the same arguments left in the run's folder.
   *
   * @param log of the run
   * @param progress is told of each step; of none if the file is taken
   * @return the checkpoint
   * @throws IOException if the file cannot be read or written
   * @throws IllegalStateException if the training meets NaN or infinity
   */
  Checkpoint make(RunLog log, ProgressListener progress) throws IOException {
    if (steps > 0) {
      progress.started("warm start", steps);
    }
    Path there = log.path(file);
    String recipe = recipe();
    if (Files.exists(there)) {
      Checkpoint kept = Checkpoint.read(there);
      if (recipe.equals(kept.notes().get(RECIPE))) {
        return kept;
      }
      progress.message(there + ": it is not of this run's warm start; trained again");
    }
    Map<String, String> notes = new LinkedHashMap<>();
    notes.put(RECIPE, recipe);
    notes.put("loss", task.baseline());
    Checkpoint made = train(progress).withNotes(notes);
    made.write(there);
    return made;
  }

  /**
   * The data may lie elsewhere when a run goes on; its fingerprints tell whether it is the same.
   */
  private String recipe() {
    ObjectNode ground = task.toJson();
    ground.remove("data");
    String chosen = rate == null ? "" : " rate=" + rate;
    return "steps=" + steps + " seed=" + seed + chosen + " task=" + ground;
  }

  private TrainingSettings settings() {
    TrainingSettings usual = task.training(steps);
    return rate == null ? usual : usual.withLearningRate(rate);
  }

  private Checkpoint train(ProgressListener progress) {
    if (steps == 0) {
      try (TaskModel model = task.begin(Split.TRAIN, seed)) {
        return model.checkpoint();
      }
    }
    try (TaskModel model = task.begin(Split.WARM, seed);
        LossSet losses = LossSet.parse(task.baseline(), task.branchInputs())) {
      TrainingResult result =
          new Trainer(settings(), (step, all, loss) -> progress.advanced()).train(model, losses);
      if (!result.complete()) {
        throw new IllegalStateException(
            "warm start: the loss became NaN or infinite after "
                + result.steps()
                + " steps; take a smaller learning rate");
      }
      return model.checkpoint();
    }
  }
}
