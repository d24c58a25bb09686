package org.autoloss.train;

import java.io.IOException;
import org.autoloss.loss.LossSet;

/**
 * Trains a model by any losses, on one libtorch thread: the same arguments give the same weights,
 * to the last bit, however many trainings run beside.
 */
public final class Trainer {
  private final TrainingSettings settings;
  private final StepListener listener;

  /**
   * A trainer.
   *
   * @param settings how long and how fast
   * @param listener called at each step, on the thread that trains
   */
  public Trainer(TrainingSettings settings, StepListener listener) {
    this.settings = settings;
    this.listener = listener;
  }

  /**
   * Trains, and changes the network's weights. A loss that is NaN or infinite ends the training at
   * once, before its gradient reaches the weights.
   *
   * @param model the network, and the batches that it meets: batch i in step i
   * @param losses to minimise, one for each branch
   * @return how it went
   * @throws IllegalStateException if the model or a loss is closed, the losses do not depend on the
   *     network, or this thread is interrupted
   */
  public TrainingResult train(Model model, LossSet losses) {
    return TorchThreads.single(
        () -> {
          try (Optimiser optimiser = model.optimiser(settings)) {
            return new Training(settings, listener, model, losses, optimiser).run();
          }
        });
  }

  /**
   * Trains, and leaves at times what it needs to go on; goes on where a snapshot is there. The
   * weights are then those of a training that was not interrupted, to the last bit.
   *
   * @param model the network as it was at the beginning, and the batches that it meets
   * @param losses to minimise, one for each branch
   * @param snapshots where and how often
   * @return how it went, the seconds since it went on
   * @throws IOException if a snapshot cannot be read or written
   * @throws IllegalArgumentException if the snapshot is damaged or of another training
   */
  public TrainingResult train(Model model, LossSet losses, Snapshots snapshots) throws IOException {
    return TorchThreads.single(
        () -> {
          try (Optimiser optimiser = model.optimiser(settings)) {
            return new Training(settings, listener, model, losses, optimiser).run(snapshots);
          }
        });
  }
}
