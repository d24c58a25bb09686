package org.autoloss.plot;

import java.awt.Color;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleBinaryOperator;
import java.util.stream.IntStream;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.autoloss.surrogate.PiecewiseBezier;
import org.autoloss.surrogate.SurrogateParameters;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.internal.chartpart.Chart;

/**
 * The charts of one surrogate: its curves, and the surfaces of its soft AND and OR as the formula
 * of {@link org.autoloss.surrogate.SurrogateLoss} has them. A label is 0 or 1; the surfaces go
 * straight from one to the other.
 */
final class SurrogateCharts {
  private static final int POINTS = 121;
  private static final int BANDS = Style.RANGE.length;
  private static final int BISECTIONS = 30;
  private static final double[] X =
      IntStream.range(0, POINTS).mapToDouble(i -> i / (POINTS - 1.0)).toArray();

  private final SurrogateParameters parameters;
  private final String head;

  private SurrogateCharts(SurrogateParameters parameters, String factor) {
    this.parameters = parameters;
    this.head = factor + parameters.metric().label();
  }

  /** The row of a surrogate; the factor stands before its name. */
  static List<Chart<?, ?>> of(SurrogateParameters parameters, String factor) {
    SurrogateCharts charts = new SurrogateCharts(parameters, factor);
    List<Chart<?, ?>> row = new ArrayList<>(List.of(charts.curves()));
    row.addAll(charts.surfaces());
    return row;
  }

  private XYChart curves() {
    XYChart chart = Style.lines(head + ": curves", "x", "g(x)");
    Style.unitSquare(chart);
    Style.legendAside(chart);
    double[] ends = {0, 1};
    Style.line(chart, "g(x) = x", ends, ends, Style.REFERENCE, Style.DASHED);
    SurrogateParameters published = SurrogateParameters.published(parameters.metric());
    boolean differs = !published.curves().equals(parameters.curves());
    List<String> names = names(parameters.metric());
    for (int i = 0; i < names.size(); i++) {
      Color colour = Style.COLOURS.get(i);
      add(chart, names.get(i), parameters.curves().get(i), colour, false);
      if (differs) {
        add(chart, names.get(i) + " published", published.curves().get(i), colour, true);
      }
    }
    return chart;
  }

  private static void add(
      XYChart chart, String name, PiecewiseBezier curve, Color colour, boolean reference) {
    double[] y = Arrays.stream(X).map(curve::value).toArray();
    Color light = new Color(colour.getRed(), colour.getGreen(), colour.getBlue(), 150);
    Style.line(chart, name, X, y, reference ? light : colour, reference ? Style.THIN : Style.SOLID);
  }

  private static List<String> names(SegmentationMetric metric) {
    return switch (metric) {
      case MIOU, FWIOU, BIOU -> List.of("A", "O");
      case MACC, GACC -> List.of("A");
      case BF1 -> List.of("A1", "A2", "O1", "O2");
      case CHENG_BIOU, CSURKA_BF -> throw new AssertionError("a metric without surrogate");
    };
  }

  private List<XYChart> surfaces() {
    List<PiecewiseBezier> g = parameters.curves();
    String p = "probability p of the class";
    String y = "label y";
    String e = "least probability e in the 3×3 around";
    return switch (parameters.metric()) {
      case MIOU, FWIOU, BIOU ->
          List.of(
              surface("soft AND  A(p) y", p, y, (a, b) -> g.get(0).value(a) * b),
              surface("soft OR  O(p) + y − O(p) y", p, y, (a, b) -> or(g.get(1).value(a), b)));
      case MACC, GACC ->
          List.of(surface("soft AND  A(p) y", p, y, (a, b) -> g.get(0).value(a) * b));
      case BF1 ->
          List.of(
              surface(
                  "soft AND  A1(p) A2(e)", p, e, (a, b) -> g.get(0).value(a) * g.get(1).value(b)),
              surface(
                  "soft OR  O1(p) + O2(e) − O1(p) O2(e)",
                  p,
                  e,
                  (a, b) -> or(g.get(2).value(a), g.get(3).value(b))));
      case CHENG_BIOU, CSURKA_BF -> throw new AssertionError("a metric without surrogate");
    };
  }

  private static double or(double a, double b) {
    return a + b - a * b;
  }

  /** The surface from above: bands between the heights 0, 0.1, ..., 1. */
  private XYChart surface(String title, String x, String y, DoubleBinaryOperator height) {
    XYChart chart = Style.lines(head + ": " + title, x, y);
    Style.unitSquare(chart);
    Style.legendAside(chart);
    // Each band covers all that is below its upper height; so the lower ones are painted last.
    for (int band = BANDS - 1; band >= 0; band--) {
      double top = (band + 1.0) / BANDS;
      double[] edge = Arrays.stream(X).map(at -> below(height, at, top)).toArray();
      String name = String.format(Locale.ROOT, "%.1f to %.1f", top - 1.0 / BANDS, top);
      Style.area(chart, name, X, edge, Style.RANGE[band]);
    }
    return chart;
  }

  /** The largest y with a height of at most the level at x; the height rises with y. */
  private static double below(DoubleBinaryOperator height, double x, double level) {
    double low = 0;
    double high = 1;
    if (level >= 1 || height.applyAsDouble(x, 1) <= level) {
      return 1;
    }
    for (int i = 0; i < BISECTIONS; i++) {
      double middle = (low + high) / 2;
      if (height.applyAsDouble(x, middle) <= level) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
