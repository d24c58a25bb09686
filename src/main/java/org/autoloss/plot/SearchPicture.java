package org.autoloss.plot;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** How a search went. */
public final class SearchPicture {
  private static final int WIDTH = 520;
  private static final int HEIGHT = 380;

  private SearchPicture() {}

  /**
   * The reward of each candidate in the order of the search, and the best so far.
   *
   * @param metric what the rewards measure
   * @param rewards at least one, fractions
   * @return the picture
   */
  public static Picture rewards(String metric, double[] rewards) {
    XYChart chart = Style.lines("Reward", "candidate", metric + " of the proxy, percent");
    double[] x = numbers(rewards.length, 1);
    double[] percent = Arrays.stream(rewards).map(reward -> 100 * reward).toArray();
    double[] best = percent.clone();
    for (int i = 1; i < best.length; i++) {
      best[i] = Math.max(best[i - 1], best[i]);
    }
    XYSeries points = chart.addSeries("candidate", x, percent);
    points.setLineStyle(SeriesLines.NONE);
    points.setMarker(SeriesMarkers.CIRCLE);
    points.setMarkerColor(Style.COLOURS.get(0));
    Style.line(chart, "best so far", x, best, Style.COLOURS.get(1), Style.SOLID);
    chart.getStyler().setMarkerSize(5);
    chart.getStyler().setYAxisDecimalPattern("0.0");
    Style.numbered(chart);
    return single(chart);
  }

  /**
   * The way of the search's centre: each free parameter, step by step.
   *
   * @param centres a row for each step, all of the same length
   * @return the picture
   */
  public static Picture paths(List<double[]> centres) {
    XYChart chart = Style.lines("Parameters at the policy's mean", "step", "theta");
    chart.getStyler().setYAxisMin(0.0).setYAxisMax(1.0);
    Style.numbered(chart);
    chart.getStyler().setLegendVisible(false);
    double[] x = numbers(centres.size(), 0);
    for (int i = 0; i < centres.get(0).length; i++) {
      int parameter = i;
      double[] y = centres.stream().mapToDouble(centre -> centre[parameter]).toArray();
      Style.line(
          chart,
          "theta " + i,
          x,
          y,
          Style.COLOURS.get(i % Style.COLOURS.size()),
          i < Style.COLOURS.size() ? Style.SOLID : Style.THIN);
    }
    return single(chart);
  }

  private static Picture single(XYChart chart) {
    return new Picture(List.of(List.of(chart)), WIDTH, HEIGHT);
  }

  private static double[] numbers(int count, int first) {
    return IntStream.range(first, first + count).asDoubleStream().toArray();
  }
}
