package org.autoloss.plot;

import java.awt.Color;
import java.awt.geom.Point2D;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * Candidates in two objectives, larger is better, with the front of those that are not dominated.
 */
public final class ParetoPicture {
  private static final int WIDTH = 820;
  private static final int HEIGHT = 620;
  private static final Color DOMINATED = new Color(0xb8bec7);

  private ParetoPicture() {}

  /**
   * Draws the front.
   *
   * @param x name of the horizontal objective
   * @param y name of the vertical objective
   * @param candidates all of them
   * @param front those that are not dominated; of more than two objectives, seen in these two
   * @param marks candidates to point out, by their names in the legend
   * @return the picture
   */
  public static Picture of(
      String x,
      String y,
      List<Point2D> candidates,
      List<Point2D> front,
      Map<String, Point2D> marks) {
    XYChart chart = Style.lines(y + " against " + x + ", percent", x, y);
    chart.getStyler().setMarkerSize(9);
    if (!candidates.isEmpty()) {
      points(chart, "proxies", candidates, DOMINATED, SeriesMarkers.CIRCLE);
    }
    if (!front.isEmpty()) {
      List<Point2D> steps = steps(front);
      Style.line(chart, "border", xs(steps), ys(steps), Style.COLOURS.get(0), Style.THIN);
      chart.getSeriesMap().get("border").setShowInLegend(false);
      points(chart, "front", front, Style.COLOURS.get(0), SeriesMarkers.CIRCLE);
    }
    Marker[] shapes = {SeriesMarkers.DIAMOND, SeriesMarkers.SQUARE, SeriesMarkers.TRIANGLE_UP};
    int next = 0;
    for (Map.Entry<String, Point2D> mark : marks.entrySet()) {
      Color colour = Style.COLOURS.get(1 + next % (Style.COLOURS.size() - 1));
      Marker shape = shapes[next % shapes.length];
      points(chart, mark.getKey(), List.of(mark.getValue()), colour, shape);
      next++;
    }
    return new Picture(List.of(List.of(chart)), WIDTH, HEIGHT);
  }

  /** The border of what the front dominates: a stair, up from the bottom right. */
  private static List<Point2D> steps(List<Point2D> front) {
    List<Point2D> sorted = new ArrayList<>(front);
    sorted.sort(Comparator.comparingDouble(Point2D::getX).thenComparing(Point2D::getY).reversed());
    List<Point2D> steps = new ArrayList<>();
    for (Point2D point : sorted) {
      Point2D last = steps.isEmpty() ? null : steps.get(steps.size() - 1);
      if (last == null || point.getY() > last.getY()) { // else it is in the front by a third metric
        if (last != null) {
          steps.add(new Point2D.Double(point.getX(), last.getY()));
        }
        steps.add(point);
      }
    }
    return steps;
  }

  private static void points(
      XYChart chart, String name, List<Point2D> points, Color colour, Marker marker) {
    XYSeries series = chart.addSeries(name, xs(points), ys(points));
    series.setLineStyle(SeriesLines.NONE);
    series.setMarker(marker);
    series.setMarkerColor(colour);
  }

  private static double[] xs(List<Point2D> points) {
    return points.stream().mapToDouble(Point2D::getX).toArray();
  }

  private static double[] ys(List<Point2D> points) {
    return points.stream().mapToDouble(Point2D::getY).toArray();
  }
}
