package org.autoloss.train;

import static org.bytedeco.pytorch.global.torch.stack;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.autoloss.loss.LossSet;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * One training on its way.
 *
 * <p>To ask a device for a loss is to wait until it has done all that it was told. So losses are
 * kept on the device and looked at several at once, where the model says so. A loss that is not
 * finite is then noticed some steps late: the weights are useless by that time, and were so before.
 */
final class Training {
  // The reported loss is a mean over the last tenth of the steps: one batch's says little.
  private static final int TAIL = 10;

  private final TrainingSettings settings;
  private final StepListener listener;
  private final Model model;
  private final LossSet losses;
  private final Optimiser optimiser;
  private final long start = System.nanoTime();
  private final int tail;
  private final List<Tensor> waiting = new ArrayList<>();

  private int next; // the step to do
  private int heard; // losses that were looked at
  private double first = Double.NaN;
  private double sum;
  private TrainingResult ended; // before its time

  Training(
      TrainingSettings settings,
      StepListener listener,
      Model model,
      LossSet losses,
      Optimiser optimiser) {
    this.settings = settings;
    this.listener = listener;
    this.model = model;
    this.losses = losses;
    this.optimiser = optimiser;
    tail = Math.max(1, settings.steps() / TAIL);
  }

  TrainingResult run() {
    try {
      advance(settings.steps());
      return result();
    } finally {
      forget();
    }
  }

  TrainingResult run(Snapshots snapshots) throws IOException {
    try {
      Snapshot found = snapshots.find();
      if (found != null) {
        restore(found);
        snapshots.notes().restore(found.notes());
      }
      while (ended == null && next < settings.steps()) {
        advance(Math.min(settings.steps(), (next / snapshots.every() + 1) * snapshots.every()));
        if (ended == null && next < settings.steps()) {
          snapshot(snapshots.notes().save()).write(snapshots.file(), snapshots.recipe());
        }
      }
      return result();
    } finally {
      forget();
    }
  }

  private void restore(Snapshot snapshot) throws IOException {
    next = snapshot.step();
    heard = next;
    first = snapshot.firstLoss();
    sum = snapshot.tail();
    model.restore(snapshot.model(), next);
    optimiser.restore(snapshot.optimiser());
  }

  private Snapshot snapshot(String notes) {
    return new Snapshot(next, first, sum, model.state(), optimiser.state(), notes);
  }

  /** Trains up to a step, and looks at all losses before it. */
  private void advance(int end) {
    while (ended == null && next < end) {
      TorchThreads.requireUninterrupted("training");
      step();
    }
    look();
  }

  private void step() {
    try (PointerScope scope = new PointerScope()) {
      Tensor value = losses.apply(model.forward(next));
      if (model.lossesAtOnce() > 1) {
        learn(value);
        keep(value.detach());
      } else {
        double number = value.item_double();
        if (endsWith(number)) {
          return;
        }
        learn(value);
        hear(number);
      }
    }
    if (waiting.size() >= model.lossesAtOnce() || listener.needs(next - 1)) {
      look();
    }
  }

  private void learn(Tensor value) {
    if (!value.requires_grad()) {
      throw new IllegalStateException(
          "loss: expected a value with a gradient by the network, got a constant");
    }
    optimiser.zeroGradient();
    value.backward();
    optimiser.step(next);
    next++;
  }

  private void keep(Tensor value) {
    value.retainReference();
    waiting.add(value);
  }

  /** Waits for the losses that were not looked at yet. */
  private void look() {
    if (waiting.isEmpty()) {
      return;
    }
    double[] values = new double[waiting.size()];
    try (PointerScope scope = new PointerScope()) {
      TensorVector all = new TensorVector(waiting.toArray(Tensor[]::new));
      stack(all, 0).to(ScalarType.Double).cpu().data_ptr_double().get(values);
    }
    forget();
    for (double value : values) {
      if (endsWith(value)) {
        return;
      }
      hear(value);
    }
  }

  private boolean endsWith(double value) {
    if (settings.earlyStop() && !Double.isFinite(value)) {
      first = heard == 0 ? value : first;
      ended = result(TrainingResult.Status.NOT_FINITE, heard, value);
    }
    return ended != null;
  }

  private void hear(double value) {
    first = heard == 0 ? value : first;
    sum += heard >= settings.steps() - tail ? value : 0;
    listener.stepped(heard, settings.steps(), value);
    heard++;
    if (!listener.goesOn(heard - 1)) {
      ended = result(TrainingResult.Status.STOPPED, heard, value);
    }
  }

  private TrainingResult result() {
    if (ended != null) {
      return ended;
    }
    TrainingResult.Status status =
        model.isFinite() ? TrainingResult.Status.COMPLETE : TrainingResult.Status.NOT_FINITE;
    return result(status, settings.steps(), sum / tail);
  }

  private TrainingResult result(TrainingResult.Status status, int steps, double last) {
    return new TrainingResult(status, steps, first, last, (System.nanoTime() - start) / 1e9);
  }

  private void forget() {
    waiting.forEach(Tensor::releaseReference);
    waiting.clear();
  }
}
