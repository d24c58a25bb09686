package org.autoloss.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.autoloss.data.BatchLoader;
import org.autoloss.data.SegmentationDataset;
import org.autoloss.data.Transform;
import org.autoloss.internal.RandomStreams;
import org.autoloss.loss.Loss;
import org.autoloss.nn.Checkpoint;
import org.autoloss.nn.Network;
import org.autoloss.nn.NetworkSpec;

/**
 * The weights that searches and comparisons begin with: a network trained by cross entropy on a
 * split of its own. Papers begin with weights learnt on ImageNet; from random weights the
 * surrogates learn too slowly to be compared.
 *
 * @param spec which network
 * @param settings how long and how fast
 * @param batchSize samples in a batch
 * @param seed of the first weights and the data's order
 */
public record WarmStart(NetworkSpec spec, TrainingSettings settings, int batchSize, long seed) {
  private static final long WEIGHTS = 1;
  private static final long DATA = 2;
  private static final String RECIPE = "warmStart";

  /**
   * Trains, or takes what an earlier call with the same arguments left in the file.
   *
   * @param file where the checkpoint is kept
   * @param data the split
   * @param dataDigest a fingerprint of the split: another one means training anew
   * @param transform of its samples
   * @param listener hears of each step; of none if the file is taken
   * @return the checkpoint
   * @throws IOException if the file cannot be read or written
   * @throws IllegalArgumentException if the file is damaged
   * @throws IllegalStateException if the training meets NaN or infinity
   */
  public Checkpoint make(
      Path file,
      SegmentationDataset data,
      String dataDigest,
      Transform transform,
      StepListener listener)
      throws IOException {
    String recipe = this + " " + transform + " " + dataDigest;
    if (Files.exists(file)) {
      Checkpoint kept = Checkpoint.read(file);
      if (recipe.equals(kept.notes().get(RECIPE))) {
        return kept;
      }
    }
    Map<String, String> notes = new LinkedHashMap<>();
    notes.put(RECIPE, recipe);
    notes.put("loss", "ce");
    Checkpoint made = train(data, transform, listener).withNotes(notes);
    made.write(file);
    return made;
  }

  private Checkpoint train(SegmentationDataset data, Transform transform, StepListener listener) {
    BatchLoader loader =
        new BatchLoader(data, transform, batchSize, RandomStreams.seed(seed, DATA));
    try (Network network = Network.of(spec, RandomStreams.seed(seed, WEIGHTS));
        Loss loss = Loss.parse("ce")) {
      TrainingResult result = new Trainer(settings, listener).train(network, loss, loader::batch);
      if (!result.complete()) {
        throw new IllegalStateException(
            "warm start: the loss became NaN or infinite after "
                + result.steps()
                + " steps; take a smaller learning rate");
      }
      return network.checkpoint();
    }
  }
}
