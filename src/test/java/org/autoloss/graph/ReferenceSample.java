package org.autoloss.graph;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** A sample of a branch in double precision: what moves, what graphs see of it, and its score. */
abstract class ReferenceSample {
  /** The inputs of graphs that depend on what is predicted. */
  static final Set<String> MOVING =
      Set.of(
          LossGraph.PREDICTION,
          PairGraphLoss.INTERSECTION,
          PairGraphLoss.UNION,
          PairGraphLoss.ENCLOSING);

  final BranchSample sample;

  /** A loss, its gradient by what moves, and the size of what that is made of. */
  record Slope(double value, double[] gradient, double[] madeOf) {}

  private ReferenceSample(BranchSample sample) {
    this.sample = sample;
  }

  static ReferenceSample of(BranchSample sample) {
    return switch (sample.input()) {
      case CLASSES -> new Classes(sample);
      case BINARY -> new Binary(sample);
      case HEATMAP -> new Maps(sample);
      default -> new Boxes(sample);
    };
  }

  /** Where the descent starts; a new array. */
  double[] start() {
    return doubles(sample.predicted());
  }

  /** How far what moves is from where it should be. */
  abstract double[] pull();

  double reach() {
    return Math.sqrt(Arrays.stream(pull()).map(each -> each * each).sum());
  }

  abstract Slope slope(LossGraph graph, double eps, double[] z);

  abstract double score(double[] z);

  int plane() {
    return sample.h() * sample.w();
  }

  int pixels() {
    return sample.n() * plane();
  }

  static double[] doubles(float[] values) {
    double[] out = new double[values.length];
    Arrays.setAll(out, i -> values[i]);
    return out;
  }

  private static double[] filled(int length, double value) {
    double[] out = new double[length];
    Arrays.fill(out, value);
    return out;
  }

  private static boolean[] all(int pixels) {
    boolean[] valid = new boolean[pixels];
    Arrays.fill(valid, true);
    return valid;
  }

  private static final class Classes extends ReferenceSample {
    Classes(BranchSample sample) {
      super(sample);
    }

    private int[] shape() {
      return new int[] {sample.n(), sample.c(), sample.h(), sample.w()};
    }

    @Override
    double[] pull() {
      double[] prediction =
          ReferenceInterpreter.evaluate(
                  LossGraph.parse("neg(yhat)"), 1e-12, start(), sample.labels(), shape())
              .prediction();
      double[] pull = new double[prediction.length];
      Arrays.setAll(
          pull,
          i -> {
            int pixel = i / (sample.c() * plane()) * plane() + i % plane();
            return (sample.labels()[pixel] == i / plane() % sample.c() ? 1 : 0) - prediction[i];
          });
      return pull;
    }

    @Override
    double reach() {
      return Math.sqrt(
          Arrays.stream(sample.labels()).filter(y -> y >= 0 && y < sample.c()).count());
    }

    @Override
    Slope slope(LossGraph graph, double eps, double[] z) {
      ReferenceInterpreter.Result result =
          ReferenceInterpreter.evaluate(graph, eps, z, sample.labels(), shape());
      return new Slope(result.value(), result.gradient(), new double[] {result.cancelling()});
    }

    @Override
    double score(double[] z) {
      double[] right = new double[sample.c()];
      double[] labelled = new double[sample.c()];
      for (int i = 0; i < pixels(); i++) {
        int label = sample.labels()[i];
        if (label < 0 || label >= sample.c()) {
          continue;
        }
        int first = i / plane() * sample.c() * plane() + i % plane();
        int best = 0;
        for (int k = 1; k < sample.c(); k++) {
          best = z[first + k * plane()] > z[first + best * plane()] ? k : best;
        }
        labelled[label]++;
        right[label] += best == label ? 1 : 0;
      }
      double sum = 0;
      int present = 0;
      for (int k = 0; k < sample.c(); k++) {
        sum += labelled[k] > 0 ? right[k] / labelled[k] : 0;
        present += labelled[k] > 0 ? 1 : 0;
      }
      return sum / present;
    }
  }

  private static final class Binary extends ReferenceSample {
    Binary(BranchSample sample) {
      super(sample);
    }

    private static double sigmoid(double z) {
      return 1 / (1 + Math.exp(-z));
    }

    private boolean yes(int i) {
      return sample.target()[i] > 0.5f;
    }

    @Override
    double[] pull() {
      double[] pull = start();
      Arrays.setAll(pull, i -> (yes(i) ? 1 : 0) - sigmoid(pull[i]));
      return pull;
    }

    @Override
    double reach() {
      return Math.sqrt(pixels());
    }

    @Override
    Slope slope(LossGraph graph, double eps, double[] z) {
      double[] label = new double[2 * z.length];
      double[] prediction = new double[2 * z.length];
      for (int i = 0; i < z.length; i++) {
        int no = i / plane() * 2 * plane() + i % plane();
        int yes = no + plane();
        prediction[no] = Math.max(sigmoid(-z[i]), Float.MIN_NORMAL);
        prediction[yes] = Math.max(sigmoid(z[i]), Float.MIN_NORMAL);
        label[no] = 1 - sample.target()[i];
        label[yes] = sample.target()[i];
      }
      ReferenceInterpreter.Adjoints result =
          ReferenceInterpreter.evaluate(
              graph,
              eps,
              Map.of(
                  LossGraph.LABEL,
                  label,
                  LossGraph.PREDICTION,
                  prediction,
                  LossGraph.ONE,
                  filled(label.length, 1)),
              all(pixels()),
              sample.n(),
              2,
              sample.h(),
              sample.w());
      double[] by = result.byInput().get(LossGraph.PREDICTION);
      double[] gradient = new double[z.length];
      double[] madeOf = new double[z.length];
      for (int i = 0; i < z.length; i++) {
        int no = i / plane() * 2 * plane() + i % plane();
        int yes = no + plane();
        double mean = prediction[no] * by[no] + prediction[yes] * by[yes];
        gradient[i] = prediction[yes] * (by[yes] - mean);
        madeOf[i] = prediction[yes] * by[yes];
      }
      return new Slope(result.value(), gradient, madeOf);
    }

    @Override
    double score(double[] z) {
      return sample.separate() ? recall(z) : overlap(z);
    }

    private double recall(double[] z) {
      double[] right = new double[2];
      double[] labelled = new double[2];
      for (int i = 0; i < z.length; i++) {
        int label = yes(i) ? 1 : 0;
        labelled[label]++;
        right[label] += z[i] > 0 == yes(i) ? 1 : 0;
      }
      return (right[0] / labelled[0] + right[1] / labelled[1]) / 2;
    }

    private double overlap(double[] z) {
      double sum = 0;
      for (int map = 0; map < sample.n(); map++) {
        double both = 0;
        double either = 0;
        for (int i = map * plane(); i < (map + 1) * plane(); i++) {
          both += z[i] > 0 && yes(i) ? 1 : 0;
          either += z[i] > 0 || yes(i) ? 1 : 0;
        }
        sum += either == 0 ? 1 : both / either;
      }
      return sum / sample.n();
    }
  }

  private static final class Maps extends ReferenceSample {
    Maps(BranchSample sample) {
      super(sample);
    }

    @Override
    double[] pull() {
      double[] pull = start();
      Arrays.setAll(pull, i -> sample.target()[i] - pull[i]);
      return pull;
    }

    @Override
    Slope slope(LossGraph graph, double eps, double[] z) {
      ReferenceInterpreter.Adjoints result =
          ReferenceInterpreter.evaluate(
              graph,
              eps,
              Map.of(
                  LossGraph.LABEL,
                  doubles(sample.target()),
                  LossGraph.PREDICTION,
                  z,
                  LossGraph.ONE,
                  filled(z.length, 1)),
              all(pixels()),
              1,
              sample.c(),
              sample.h(),
              sample.w());
      double[] by = result.byInput().get(LossGraph.PREDICTION);
      return new Slope(result.value(), by, by);
    }

    @Override
    double score(double[] z) {
      double sum = 0;
      for (int k = 0; k < sample.c(); k++) {
        int best = 0;
        for (int i = 0; i < plane(); i++) {
          best = z[k * plane() + i] > z[k * plane() + best] ? i : best;
        }
        double x = best % sample.w() - sample.spots()[3 * k];
        double y = best / sample.w() - sample.spots()[3 * k + 1];
        sum += Math.exp(-(x * x + y * y) / sample.spots()[3 * k + 2]);
      }
      return sum / sample.c();
    }
  }

  /** Shifts in units of the sides at the start, and logarithms of growth: dx, dy, dw, dh a box. */
  private static final class Boxes extends ReferenceSample {
    private static final double MOST_GROWTH = (float) Math.log(1000.0 / 16);

    Boxes(BranchSample sample) {
      super(sample);
    }

    @Override
    double[] start() {
      return new double[4 * sample.n()];
    }

    private double from(int box, int axis) {
      return ((double) sample.predicted()[4 * box + axis] + sample.predicted()[4 * box + axis + 2])
          / 2;
    }

    private double side(float[] boxes, int box, int axis) {
      return (double) boxes[4 * box + axis + 2] - boxes[4 * box + axis];
    }

    @Override
    double[] pull() {
      double[] pull = start();
      for (int i = 0; i < pull.length; i++) {
        int box = i / 4;
        int axis = i % 2;
        float[] target = sample.target();
        double own = side(sample.predicted(), box, axis);
        double centre = ((double) target[4 * box + axis] + target[4 * box + axis + 2]) / 2;
        pull[i] =
            i % 4 < 2 ? (centre - from(box, axis)) / own : Math.log(side(target, box, axis) / own);
      }
      return pull;
    }

    /** One axis: the lower and the upper end. */
    private double[] ends(double[] z, int box, int axis) {
      double side = side(sample.predicted(), box, axis);
      double half = Math.exp(Math.min(z[4 * box + axis + 2], MOST_GROWTH)) * side / 2;
      double centre = from(box, axis) + z[4 * box + axis] * side;
      return new double[] {centre - half, centre + half};
    }

    /** Areas i, u, e of a box, where one of its four ends may be moved. */
    private double[] areas(double[][] ends, int box) {
      double inner = 1;
      double outer = 1;
      double own = 1;
      double other = 1;
      boolean meet = true;
      for (int axis = 0; axis < 2; axis++) {
        double low = sample.target()[4 * box + axis];
        double high = sample.target()[4 * box + axis + 2];
        double shared = Math.min(ends[axis][1], high) - Math.max(ends[axis][0], low);
        meet &= shared >= 0;
        inner *= shared;
        outer *= Math.max(ends[axis][1], high) - Math.min(ends[axis][0], low);
        own *= ends[axis][1] - ends[axis][0];
        other *= high - low;
      }
      double both = meet ? inner : 0;
      return new double[] {both, own + other - both, outer};
    }

    @Override
    Slope slope(LossGraph graph, double eps, double[] z) {
      int n = sample.n();
      String[] names = {PairGraphLoss.INTERSECTION, PairGraphLoss.UNION, PairGraphLoss.ENCLOSING};
      Map<String, double[]> inputs = new HashMap<>();
      for (String name : names) {
        inputs.put(name, new double[n]);
      }
      inputs.put(LossGraph.ONE, filled(n, 1));
      for (int box = 0; box < n; box++) {
        double[] areas = areas(new double[][] {ends(z, box, 0), ends(z, box, 1)}, box);
        for (int k = 0; k < 3; k++) {
          inputs.get(names[k])[box] = areas[k];
        }
      }
      ReferenceInterpreter.Adjoints result =
          ReferenceInterpreter.evaluate(graph, eps, inputs, all(n), n, 1, 1, 1);
      double[] gradient = new double[4 * n];
      double[] madeOf = new double[4 * n];
      for (int box = 0; box < n; box++) {
        double[] by = new double[3];
        for (int k = 0; k < 3; k++) {
          double[] adjoint = result.byInput().get(names[k]);
          by[k] = adjoint == null ? 0 : adjoint[box];
        }
        for (int axis = 0; axis < 2; axis++) {
          addSlopes(z, box, axis, by, gradient, madeOf);
        }
      }
      return new Slope(result.value(), gradient, madeOf);
    }

    private void addSlopes(
        double[] z, int box, int axis, double[] by, double[] gradient, double[] madeOf) {
      double side = side(sample.predicted(), box, axis);
      double growth = z[4 * box + axis + 2];
      double half = growth > MOST_GROWTH ? 0 : Math.exp(growth) * side / 2;
      for (int end = 0; end < 2; end++) {
        double[] slopes = endSlopes(z, box, axis, end);
        double sum = 0;
        double size = 0;
        for (int k = 0; k < 3; k++) {
          sum += by[k] * slopes[k];
          size += Math.abs(by[k] * slopes[k]);
        }
        gradient[4 * box + axis] += sum * side;
        gradient[4 * box + axis + 2] += (end == 0 ? -sum : sum) * half;
        madeOf[4 * box + axis] += size * side;
        madeOf[4 * box + axis + 2] += size * half;
      }
    }

    /** Derivatives of the areas by one end: the areas are linear in it on either side of a kink. */
    private double[] endSlopes(double[] z, int box, int axis, int end) {
      double[][] ends = {ends(z, box, 0), ends(z, box, 1)};
      double at = ends[axis][end];
      double step = 1e-6 * (ends[axis][1] - ends[axis][0]);
      ends[axis][end] = at + step;
      double[] above = areas(ends, box);
      ends[axis][end] = at - step;
      double[] below = areas(ends, box);
      double[] slopes = new double[3];
      for (int k = 0; k < 3; k++) {
        slopes[k] = (above[k] - below[k]) / (2 * step);
      }
      return slopes;
    }

    @Override
    double score(double[] z) {
      double sum = 0;
      for (int box = 0; box < sample.n(); box++) {
        double[] areas = areas(new double[][] {ends(z, box, 0), ends(z, box, 1)}, box);
        sum += areas[0] / areas[1];
      }
      return sum / sample.n();
    }
  }
}
