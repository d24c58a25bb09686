package org.autoloss.train;

import org.autoloss.loss.LossSet;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * Trains a model by any losses, on one libtorch thread: the same arguments give the same weights,
 * to the last bit, however many trainings run beside.
 */
public final class Trainer {
  // The reported loss is a mean over the last tenth of the steps: one batch's says little.
  private static final int TAIL = 10;

  private final TrainingSettings settings;
  private final StepListener listener;

  /**
   * A trainer.
   *
   * @param settings how long and how fast
   * @param listener hears of each step, on the thread that trains
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
    return TorchThreads.single(() -> run(model, losses));
  }

  private TrainingResult run(Model model, LossSet losses) {
    long start = System.nanoTime();
    int tail = Math.max(1, settings.steps() / TAIL);
    double first = Double.NaN;
    double sum = 0;
    try (Optimiser optimiser = model.optimiser(settings)) {
      for (int step = 0; step < settings.steps(); step++) {
        TorchThreads.requireUninterrupted("training");
        double value = step(model, losses, optimiser, step);
        first = step == 0 ? value : first;
        if (settings.earlyStop() && !Double.isFinite(value)) {
          return result(TrainingResult.Status.NOT_FINITE, step, first, value, start);
        }
        sum += step >= settings.steps() - tail ? value : 0;
        listener.stepped(step, settings.steps(), value);
      }
    }
    TrainingResult.Status status =
        model.isFinite() ? TrainingResult.Status.COMPLETE : TrainingResult.Status.NOT_FINITE;
    return result(status, settings.steps(), first, sum / tail, start);
  }

  private double step(Model model, LossSet losses, Optimiser optimiser, int step) {
    try (PointerScope scope = new PointerScope()) {
      Tensor value = losses.apply(model.forward(step));
      double number = value.item_double();
      if (Double.isFinite(number) || !settings.earlyStop()) {
        requireGradient(value);
        optimiser.zeroGradient();
        value.backward();
        optimiser.step(step);
      }
      return number;
    }
  }

  private static void requireGradient(Tensor value) {
    if (!value.requires_grad()) {
      throw new IllegalStateException(
          "loss: expected a value with a gradient by the network, got a constant");
    }
  }

  private static TrainingResult result(
      TrainingResult.Status status, int steps, double first, double last, long start) {
    return new TrainingResult(status, steps, first, last, (System.nanoTime() - start) / 1e9);
  }
}
