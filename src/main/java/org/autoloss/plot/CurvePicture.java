package org.autoloss.plot;

import java.util.List;
import java.util.Map;
import org.knowm.xchart.XYChart;

/** What several networks are worth, each a line from 0 to 1. */
public final class CurvePicture {
  private static final int WIDTH = 520;
  private static final int HEIGHT = 420;

  /**
   * The points of a line.
   *
   * @param xs ascending
   * @param ys as many
   */
  public record Line(double[] xs, double[] ys) {}

  private CurvePicture() {}

  /**
   * A chart.
   *
   * @param title above it
   * @param x what the horizontal axis is
   * @param y what the vertical axis is
   * @param lines by their names, at least one
   * @return the picture
   */
  public static Picture of(String title, String x, String y, Map<String, Line> lines) {
    XYChart chart = Style.lines(title, x, y);
    Style.unitSquare(chart);
    int number = 0;
    for (Map.Entry<String, Line> line : lines.entrySet()) {
      Style.line(
          chart,
          line.getKey(),
          line.getValue().xs(),
          line.getValue().ys(),
          Style.COLOURS.get(number % Style.COLOURS.size()),
          number < Style.COLOURS.size() ? Style.SOLID : Style.THIN);
      number++;
    }
    return new Picture(List.of(List.of(chart)), WIDTH, HEIGHT);
  }
}
