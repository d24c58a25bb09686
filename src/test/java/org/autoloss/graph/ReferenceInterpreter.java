package org.autoloss.graph;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.autoloss.graph.LossGraph.Application;
import org.autoloss.graph.LossGraph.Input;
import org.autoloss.graph.LossGraph.Node;

/**
 * Evaluates a graph node by node in double precision: the oracle of the native interpreter, written
 * to be read. It keeps every node and every adjoint as a whole array {@code [N,C,H,W]}.
 */
public final class ReferenceInterpreter {
  private final LossGraph graph;
  private final double eps;
  private final int n;
  private final int c;
  private final int h;
  private final int w;
  private final boolean[] valid;
  private final int validCount;
  private final double[][] values;
  private final double[][] adjoints;

  /**
   * A loss and its gradient.
   *
   * @param value the sum over c of the root's mean over the valid pixels; 0 if there are none
   * @param gradient by the logits, {@code [N,C,H,W]}
   * @param sampleNorms the Euclidean norm of each sample's part of the gradient, {@code [N]}
   * @param magnitude like the value, of the root's absolute values: what rounding is relative to
   * @param cancelling the norm of {@code yhat} times the gradient by {@code yhat}: what cancels in
   *     the gradient by the logits
   * @param prediction {@code yhat}
   */
  public record Result(
      double value,
      double[] gradient,
      double[] sampleNorms,
      double magnitude,
      double cancelling,
      double[] prediction) {}

  /**
   * A loss on inputs of any kind, and its gradients by them.
   *
   * @param value the sum over c of the root's mean over the valid pixels
   * @param byInput by the names of the inputs that the graph has, {@code [N,C,H,W]}
   */
  record Adjoints(double value, Map<String, double[]> byInput) {}

  private ReferenceInterpreter(LossGraph graph, double eps, boolean[] valid, int[] shape) {
    this.graph = graph;
    this.eps = eps;
    this.valid = valid;
    n = shape[0];
    c = shape[1];
    h = shape[2];
    w = shape[3];
    int count = 0;
    for (boolean each : valid) {
      count += each ? 1 : 0;
    }
    validCount = count;
    values = new double[graph.nodes().size()][];
    adjoints = new double[graph.nodes().size()][];
  }

  private static boolean[] valid(int[] labels, int classes) {
    boolean[] valid = new boolean[labels.length];
    for (int i = 0; i < labels.length; i++) {
      valid[i] = labels[i] >= 0 && labels[i] < classes;
    }
    return valid;
  }

  /** Evaluates a loss whose inputs are given by name, {@code [N,C,H,W]} each. */
  static Adjoints evaluate(
      LossGraph graph, double eps, Map<String, double[]> inputs, boolean[] valid, int... shape) {
    ReferenceInterpreter run = new ReferenceInterpreter(graph, eps, valid, shape);
    double value = run.differentiate(inputs::get)[0];
    Map<String, double[]> byInput = new HashMap<>();
    for (int i = 0; i < graph.nodes().size(); i++) {
      if (graph.nodes().get(i) instanceof Input input) {
        byInput.put(input.name(), run.adjoints[i]);
      }
    }
    return new Adjoints(value, byInput);
  }

  /**
   * Evaluates a segmentation loss.
   *
   * @param graph a graph on {@code y}, {@code yhat} and {@code 1}
   * @param eps the constant of the operator table
   * @param logits {@code [N,C,H,W]}
   * @param labels {@code [N,H,W]}; a label outside {@code [0,C)} marks an ignored pixel
   * @param shape N, C, H, W
   * @return the loss and its gradient
   * @throws IllegalArgumentException if an array does not fit the shape, or the graph has another
   *     input
   */
  public static Result evaluate(
      LossGraph graph, double eps, double[] logits, int[] labels, int... shape) {
    int pixels = shape[0] * shape[2] * shape[3];
    if (logits.length != pixels * shape[1] || labels.length != pixels) {
      throw new IllegalArgumentException(
          "logits, labels: expected the shape "
              + Arrays.toString(shape)
              + ", got "
              + logits.length
              + " and "
              + labels.length
              + " elements");
    }
    ReferenceInterpreter run = new ReferenceInterpreter(graph, eps, valid(labels, shape[1]), shape);
    return run.evaluate(logits, labels);
  }

  private Result evaluate(double[] logits, int[] labels) {
    double[] prediction = softmax(logits);
    double[] sums = differentiate(name -> input(name, prediction, labels));
    double[] byPrediction = new double[logits.length];
    for (int i = 0; i < adjoints.length; i++) {
      if (graph.nodes().get(i) instanceof Input leaf && leaf.name().equals(LossGraph.PREDICTION)) {
        byPrediction = adjoints[i];
      }
    }
    double[] gradient = softmaxBackward(prediction, byPrediction);
    double cancelling = 0;
    for (int i = 0; i < gradient.length; i++) {
      double part = valid[pixel(i)] ? prediction[i] * byPrediction[i] : 0;
      cancelling += part * part;
    }
    return new Result(
        sums[0], gradient, sampleNorms(gradient), sums[1], Math.sqrt(cancelling), prediction);
  }

  /** Both passes; returns the loss and its magnitude. */
  private double[] differentiate(Function<String, double[]> inputs) {
    List<Node> nodes = graph.nodes();
    for (int i = 0; i < nodes.size(); i++) {
      values[i] =
          nodes.get(i) instanceof Application application
              ? forward(application)
              : inputs.apply(((Input) nodes.get(i)).name());
      adjoints[i] = new double[values[i].length];
    }
    int root = nodes.size() - 1;
    double[] sums = new double[2];
    for (int i = 0; i < values[root].length; i++) {
      if (valid[pixel(i)]) {
        sums[0] += values[root][i] / validCount;
        sums[1] += Math.abs(values[root][i]) / validCount;
        adjoints[root][i] = 1.0 / validCount;
      }
    }
    for (int i = root; i >= 0; i--) {
      if (nodes.get(i) instanceof Application application) {
        backward(application, values[i], adjoints[i]);
      }
    }
    return sums;
  }

  private double[] input(String name, double[] prediction, int[] labels) {
    double[] value = new double[prediction.length];
    switch (name) {
      case LossGraph.PREDICTION:
        return prediction;
      case LossGraph.ONE:
        Arrays.fill(value, 1);
        return value;
      case LossGraph.LABEL:
        for (int i = 0; i < value.length; i++) {
          value[i] = labels[pixel(i)] == i / (h * w) % c ? 1 : 0;
        }
        return value;
      default:
        throw new IllegalArgumentException(
            "graph: expected the inputs y, yhat, 1 of segmentation, got '" + name + "'");
    }
  }

  private double[] forward(Application application) {
    double[] x = values[application.operands().get(0)];
    return switch (application.operator()) {
      case MEAN_NHW -> meanOverPixels(x);
      case MEAN_C -> meanOverClasses(x);
      case MAXPOOL3, MINPOOL3 -> pool(application.operator(), x);
      default -> pointwise(application, x);
    };
  }

  private double[] pointwise(Application application, double[] x) {
    double[] y = values[application.operands().get(application.operands().size() - 1)];
    double[] out = new double[x.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = application.operator().value(x[i], y[i], eps);
    }
    return out;
  }

  /** For each class, the mean over the valid pixels. */
  private double[] meanOverPixels(double[] x) {
    double[] mean = new double[c];
    for (int i = 0; i < x.length; i++) {
      mean[i / (h * w) % c] += valid[pixel(i)] ? x[i] / validCount : 0;
    }
    double[] out = new double[x.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = mean[i / (h * w) % c];
    }
    return out;
  }

  private double[] meanOverClasses(double[] x) {
    double[] mean = new double[n * h * w];
    for (int i = 0; i < x.length; i++) {
      mean[pixel(i)] += x[i] / c;
    }
    double[] out = new double[x.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = mean[pixel(i)];
    }
    return out;
  }

  private double[] pool(Operator operator, double[] x) {
    double[] out = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      int from = extremum(operator, x, i);
      out[i] = from < 0 ? 0 : x[from];
    }
    return out;
  }

  /** Where the window around element i takes its extremum: the first; a NaN wins; -1 if nowhere. */
  private int extremum(Operator operator, double[] x, int i) {
    int row = i / w % h;
    int column = i % w;
    int best = -1;
    for (int r = Math.max(0, row - 1); r <= Math.min(h - 1, row + 1); r++) {
      for (int s = Math.max(0, column - 1); s <= Math.min(w - 1, column + 1); s++) {
        int at = i + (r - row) * w + s - column;
        if (valid[pixel(at)]
            && (best < 0
                || Double.isNaN(x[at])
                || (operator == Operator.MAXPOOL3 ? x[at] > x[best] : x[at] < x[best]))) {
          best = at;
        }
      }
    }
    return best;
  }

  private void backward(Application application, double[] out, double[] adjoint) {
    int first = application.operands().get(0);
    double[] x = values[first];
    switch (application.operator()) {
      case MEAN_NHW -> {
        double[] mean = meanOverPixels(adjoint);
        // Each valid pixel's share is one of their number, and every valid pixel reads the mean.
        accumulate(first, i -> valid[pixel(i)] ? mean[i] : 0);
      }
      case MEAN_C -> {
        double[] mean = meanOverClasses(adjoint);
        accumulate(first, i -> mean[i]);
      }
      case MAXPOOL3, MINPOOL3 -> {
        for (int i = 0; i < out.length; i++) {
          int from = extremum(application.operator(), x, i);
          if (valid[pixel(i)] && from >= 0) {
            adjoints[first][from] += adjoint[i];
          }
        }
      }
      default -> {
        int second = application.operands().get(application.operands().size() - 1);
        double[] y = values[second];
        accumulate(first, i -> adjoint[i] * application.operator().slope(x[i], y[i], eps));
        if (application.operands().size() == 2) {
          accumulate(second, i -> adjoint[i] * application.operator().slope(y[i], x[i], eps));
        }
      }
    }
  }

  private interface Element {
    double at(int index);
  }

  /** Ignored pixels receive nothing: 0 times an infinite slope there would be NaN. */
  private void accumulate(int node, Element element) {
    double[] adjoint = adjoints[node];
    for (int i = 0; i < adjoint.length; i++) {
      adjoint[i] += valid[pixel(i)] ? element.at(i) : 0;
    }
  }

  // A probability is at least float32's smallest normal number, so that its sign does not become 0
  // by underflow.
  private double[] softmax(double[] logits) {
    double[] out = new double[logits.length];
    forEachPixel(
        first -> {
          double max = Double.NEGATIVE_INFINITY;
          for (int k = 0; k < c; k++) {
            max = Math.max(max, logits[first + k * h * w]);
          }
          double sum = 0;
          for (int k = 0; k < c; k++) {
            out[first + k * h * w] = Math.exp(logits[first + k * h * w] - max);
            sum += out[first + k * h * w];
          }
          for (int k = 0; k < c; k++) {
            out[first + k * h * w] = Math.max(out[first + k * h * w] / sum, Float.MIN_NORMAL);
          }
        });
    return out;
  }

  private double[] softmaxBackward(double[] prediction, double[] adjoint) {
    double[] gradient = new double[prediction.length];
    forEachPixel(
        first -> {
          double mean = 0;
          for (int k = 0; k < c; k++) {
            mean += prediction[first + k * h * w] * adjoint[first + k * h * w];
          }
          for (int k = 0; k < c; k++) {
            int i = first + k * h * w;
            gradient[i] = valid[pixel(i)] ? prediction[i] * (adjoint[i] - mean) : 0;
          }
        });
    return gradient;
  }

  private interface PixelAction {
    void accept(int firstClass);
  }

  private void forEachPixel(PixelAction action) {
    for (int sample = 0; sample < n; sample++) {
      for (int i = 0; i < h * w; i++) {
        action.accept(sample * c * h * w + i);
      }
    }
  }

  private double[] sampleNorms(double[] gradient) {
    double[] norms = new double[n];
    for (int i = 0; i < gradient.length; i++) {
      norms[i / (c * h * w)] += gradient[i] * gradient[i];
    }
    return Arrays.stream(norms).map(Math::sqrt).toArray();
  }

  /** The pixel, in [N,H,W], of an element of [N,C,H,W]. */
  private int pixel(int element) {
    return element / (c * h * w) * h * w + element % (h * w);
  }
}
