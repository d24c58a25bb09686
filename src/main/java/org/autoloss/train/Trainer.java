package org.autoloss.train;

import java.util.function.LongFunction;
import org.autoloss.data.Batch;
import org.autoloss.loss.Loss;
import org.autoloss.nn.Network;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * Trains a network by any loss, on one libtorch thread: the same arguments give the same weights,
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
   * @param network to train
   * @param loss to minimise
   * @param batches batch i for step i, such as {@code loader::batch}
   * @return how it went
   * @throws IllegalStateException if the network or the loss is closed, the loss does not depend on
   *     the logits, or this thread is interrupted
   */
  public TrainingResult train(Network network, Loss loss, LongFunction<Batch> batches) {
    return TorchThreads.single(() -> run(network, loss, batches));
  }

  private TrainingResult run(Network network, Loss loss, LongFunction<Batch> batches) {
    long start = System.nanoTime();
    int tail = Math.max(1, settings.steps() / TAIL);
    double first = Double.NaN;
    double sum = 0;
    try (Sgd sgd = new Sgd(network.parameters(), settings)) {
      for (int step = 0; step < settings.steps(); step++) {
        TorchThreads.requireUninterrupted("training");
        double value = step(network, loss, batches.apply(step), sgd, step);
        first = step == 0 ? value : first;
        if (settings.earlyStop() && !Double.isFinite(value)) {
          return result(TrainingResult.Status.NOT_FINITE, step, first, value, start);
        }
        sum += step >= settings.steps() - tail ? value : 0;
        listener.stepped(step, settings.steps(), value);
      }
    }
    TrainingResult.Status status =
        network.parameters().isFinite()
            ? TrainingResult.Status.COMPLETE
            : TrainingResult.Status.NOT_FINITE;
    return result(status, settings.steps(), first, sum / tail, start);
  }

  private double step(Network network, Loss loss, Batch batch, Sgd sgd, int step) {
    try (PointerScope scope = new PointerScope()) {
      Tensor logits = network.forward(Tensors.images(batch), true);
      Tensor value = loss.apply(logits, Tensors.labels(batch));
      double number = value.item_double();
      if (Double.isFinite(number) || !settings.earlyStop()) {
        requireGradient(value);
        sgd.zeroGradient();
        value.backward();
        sgd.step(step);
      }
      return number;
    }
  }

  private static void requireGradient(Tensor value) {
    if (!value.requires_grad()) {
      throw new IllegalStateException(
          "loss: expected a value with a gradient by the logits, got a constant");
    }
  }

  private static TrainingResult result(
      TrainingResult.Status status, int steps, double first, double last, long start) {
    return new TrainingResult(status, steps, first, last, (System.nanoTime() - start) / 1e9);
  }
}
