package org.autoloss.benchmarks;

import static org.bytedeco.pytorch.global.torch.max_pool2d;
import static org.bytedeco.pytorch.global.torch.ones;
import static org.bytedeco.pytorch.global.torch.softmax;

import java.util.Arrays;
import java.util.List;
import org.autoloss.graph.LossGraph;
import org.autoloss.graph.RejectionSamples;
import org.autoloss.graph.RejectionSettings;
import org.autoloss.metric.segmentation.ClassPolicy;
import org.autoloss.metric.segmentation.SegmentationMetrics;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The rejection protocol with libtorch operations and its autograd, one graph at a time: the
 * samples one after the other, each stopped when its fate is known, or all in one tensor.
 */
final class TorchProtocol implements AutoCloseable {
  private static final double NOISE = 1e-6;
  private static final long[] PIXELS = {2, 3};
  private static final long[] WINDOW = {3, 3};
  private static final long[] ONE = {1, 1};

  private final RejectionSamples samples;
  private final RejectionSettings settings;
  private final int group;
  private final Tensor[] logits;
  private final Tensor[] labels;
  private final Tensor[] oneHot;

  /** A protocol; {@code together} says whether all samples share a tensor. */
  TorchProtocol(RejectionSamples samples, RejectionSettings settings, boolean together) {
    this.samples = samples;
    this.settings = settings;
    group = together ? samples.count() : 1;
    int groups = samples.count() / group;
    logits = new Tensor[groups];
    labels = new Tensor[groups];
    oneHot = new Tensor[groups];
    int pixels = group * samples.height() * samples.width();
    int elements = samples.classes() * pixels;
    try (PointerScope scope = new PointerScope()) {
      for (int k = 0; k < groups; k++) {
        float[] own = Arrays.copyOfRange(samples.logits(), k * elements, (k + 1) * elements);
        long[] map =
            Arrays.stream(samples.labels(), k * pixels, (k + 1) * pixels).asLongStream().toArray();
        logits[k] = Tensor.create(own, group, samples.classes(), samples.height(), samples.width());
        labels[k] = Tensor.create(map, group, samples.height(), samples.width());
        oneHot[k] =
            torch
                .one_hot(labels[k], samples.classes())
                .permute(0, 3, 1, 2)
                .to(ScalarType.Float)
                .contiguous();
        for (Tensor kept : List.of(logits[k], labels[k], oneHot[k])) {
          kept.retainReference();
        }
      }
    }
  }

  /** Whether a graph is accepted. */
  boolean accepts(LossGraph graph) {
    if (!graph.inputs().contains(LossGraph.PREDICTION) || !starts(graph)) {
      return false;
    }
    double sum = 0;
    for (int k = 0; k < logits.length; k++) {
      double score = optimised(graph, k);
      sum += score;
      int left = samples.count() - (k + 1) * group;
      if (Double.isNaN(score) || (sum + left) / samples.count() < settings.threshold()) {
        return false;
      }
    }
    return true;
  }

  private boolean starts(LossGraph graph) {
    boolean moves = false;
    for (int k = 0; k < logits.length; k++) {
      try (PointerScope scope = new PointerScope()) {
        Tensor z = logits[k].clone().set_requires_grad(true);
        Tensor value = value(graph, z, oneHot[k]);
        if (!value.requires_grad()) {
          return false;
        }
        value.backward();
        double norm = z.grad().norm().item_double();
        if (!Double.isFinite(value.item_double()) || !Double.isFinite(norm)) {
          return false;
        }
        moves |= norm > NOISE * Math.abs(value.item_double()) / Math.sqrt(z.numel());
      }
    }
    return moves;
  }

  /** The sum of the scores of a group of samples; NaN if the gradient is not finite. */
  private double optimised(LossGraph graph, int k) {
    try (PointerScope scope = new PointerScope()) {
      Tensor z = logits[k].clone();
      Tensor velocity = z.mul(new Scalar(0.0));
      for (int t = 0; t < settings.steps(); t++) {
        try (PointerScope step = new PointerScope()) {
          Tensor leaf = z.detach().set_requires_grad(true);
          value(graph, leaf, oneHot[k]).backward();
          Tensor gradient = leaf.grad();
          if (!Double.isFinite(gradient.norm().item_double())) {
            return Double.NaN;
          }
          velocity.mul_(new Scalar(settings.momentum())).add_(gradient);
          z.sub_(velocity.mul(new Scalar(settings.rate())));
        }
      }
      double sum = 0;
      for (int b = 0; b < group; b++) {
        SegmentationMetrics metrics = new SegmentationMetrics(samples.classes(), ClassPolicy.ASL);
        metrics.add(z.narrow(0, b, 1), labels[k].narrow(0, b, 1));
        sum += metrics.result().value(settings.metric());
      }
      return sum;
    }
  }

  private Tensor value(LossGraph graph, Tensor z, Tensor y) {
    List<LossGraph.Node> nodes = graph.nodes();
    Tensor[] values = new Tensor[nodes.size()];
    for (int i = 0; i < values.length; i++) {
      if (nodes.get(i) instanceof LossGraph.Application application) {
        Tensor a = values[application.operands().get(0)];
        Tensor b = values[application.operands().get(application.operands().size() - 1)];
        values[i] = apply(application, a, b);
      } else {
        values[i] =
            switch (((LossGraph.Input) nodes.get(i)).name()) {
              case LossGraph.LABEL -> y;
              case LossGraph.PREDICTION -> softmax(z, 1);
              default -> ones(1, 1, 1, 1);
            };
      }
    }
    Tensor root = values[values.length - 1].expand_as(y);
    return root.mean(PIXELS).sum();
  }

  private Tensor apply(LossGraph.Application application, Tensor a, Tensor b) {
    Scalar eps = new Scalar(settings.eps());
    return switch (application.operator()) {
      case ADD -> a.add(b);
      case MUL -> a.mul(b);
      case NEG -> a.neg();
      case ABS -> a.abs();
      case INV -> a.add(eps).reciprocal();
      case LOG -> a.sign().mul(a.abs().add(eps).log());
      case EXP -> a.exp();
      case TANH -> a.tanh();
      case SQUARE -> a.square();
      case SQRT -> a.sign().mul(a.abs().add(eps).sqrt());
      case MEAN_NHW -> mean(a, PIXELS);
      case MEAN_C -> mean(a, 1);
      case MAXPOOL3 -> pool(a);
      case MINPOOL3 -> pool(a.neg()).neg();
    };
  }

  private static Tensor mean(Tensor x, long... dimensions) {
    return x.mean(dimensions, true, new ScalarTypeOptional());
  }

  private static Tensor pool(Tensor x) {
    return max_pool2d(x, WINDOW, ONE, ONE, ONE, false);
  }

  @Override
  public void close() {
    for (Tensor[] tensors : new Tensor[][] {logits, labels, oneHot}) {
      for (Tensor tensor : tensors) {
        tensor.releaseReference();
      }
    }
  }
}
