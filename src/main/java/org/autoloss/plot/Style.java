package org.autoloss.plot;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.util.List;
import java.util.Locale;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** How all pictures look. */
final class Style {
  static final Color BACKGROUND = Color.WHITE;
  static final Color REFERENCE = new Color(0x8a8f98);

  /** Colours that also differ for colour-blind eyes (Okabe and Ito, 2008). */
  static final List<Color> COLOURS =
      List.of(new Color(0x0072b2), new Color(0xd55e00), new Color(0x009e73), new Color(0xcc79a7));

  /** Dark to bright with even steps of lightness, after viridis. */
  static final Color[] RANGE = {
    new Color(0x440154),
    new Color(0x482878),
    new Color(0x3e4989),
    new Color(0x31688e),
    new Color(0x26828e),
    new Color(0x1f9e89),
    new Color(0x35b779),
    new Color(0x6ece58),
    new Color(0xb5de2b),
    new Color(0xfde725)
  };

  static final BasicStroke SOLID =
      new BasicStroke(2.6f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND);
  static final BasicStroke THIN =
      new BasicStroke(1.3f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND);
  // For lines of two points alone: XChart begins the dashes anew at each point.
  static final BasicStroke DASHED =
      new BasicStroke(
          1.5f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 10, new float[] {6, 5}, 0);

  private static final Font TITLE = new Font(Font.SANS_SERIF, Font.BOLD, 15);

  // Titles are in the middle of the plot, which is left of the chart's where the legend is aside.
  private static final double TITLE_SHARE = 0.7;

  private static final int NUMBERS = 60; // pixels between those along an axis
  private static final Color GRID = new Color(0xe3e6ea);
  private static final Color TEXT = new Color(0x24292f);

  private Style() {}

  /** A chart of lines or points. */
  static XYChart lines(String title, String x, String y) {
    XYChart chart = new XYChart(1, 1);
    chart.setTitle(title);
    chart.setXAxisTitle(x);
    chart.setYAxisTitle(y);
    chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideS);
    chart.getStyler().setLegendLayout(Styler.LegendLayout.Horizontal);
    chart.getStyler().setDefaultSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Line);
    apply(chart.getStyler());
    return chart;
  }

  /** The horizontal axis from 0 to 1. */
  static void unitWidth(XYChart chart) {
    chart.getStyler().setXAxisMin(0.0).setXAxisMax(1.0);
    chart.getStyler().setXAxisDecimalPattern("0.0").setXAxisTickMarkSpacingHint(70);
  }

  /** Both axes from 0 to 1, with hardly a margin. */
  static void unitSquare(XYChart chart) {
    unitWidth(chart);
    chart.getStyler().setYAxisMin(0.0).setYAxisMax(1.0);
    chart.getStyler().setYAxisDecimalPattern("0.0").setYAxisTickMarkSpacingHint(50);
    chart.getStyler().setPlotContentSize(0.97);
  }

  /**
   * Round numbers along the horizontal axis, from 0. XChart numbers evenly spaced points at some of
   * them, whether there is room or not; a point between them, which is not drawn, keeps it from
   * that.
   */
  static void numbered(XYChart chart) {
    chart.getStyler().setXAxisMin(0.0).setXAxisDecimalPattern("0");
    chart.getStyler().setXAxisTickMarkSpacingHint(NUMBERS);
    XYSeries between = chart.addSeries("between", new double[] {0.25}, new double[] {Double.NaN});
    between.setMarker(SeriesMarkers.NONE);
    between.setLineStyle(SeriesLines.NONE);
    between.setShowInLegend(false);
  }

  /** The title in letters that are small enough for a chart of this width. */
  static void fitTitle(Chart<?, ?> chart, Graphics2D graphics, int width) {
    double full =
        TITLE.getStringBounds(chart.getTitle(), graphics.getFontRenderContext()).getWidth();
    double scale = Math.min(1, TITLE_SHARE * width / full);
    chart.getStyler().setChartTitleFont(TITLE.deriveFont((float) (scale * TITLE.getSize())));
  }

  static void line(XYChart chart, String name, double[] x, double[] y, Color c, BasicStroke s) {
    XYSeries series = chart.addSeries(name, x, y);
    series.setMarker(SeriesMarkers.NONE);
    series.setLineColor(c);
    series.setLineStyle(s);
  }

  /** All that is below a line, with a light edge, and a square in the legend. */
  static void area(XYChart chart, String name, double[] x, double[] top, Color colour) {
    XYSeries area = chart.addSeries(name + " area", x, top);
    area.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Area);
    area.setMarker(SeriesMarkers.NONE);
    area.setFillColor(colour);
    area.setLineColor(BACKGROUND);
    area.setLineStyle(THIN);
    area.setShowInLegend(false);
    // The legend shows the line of an area, not its fill: this series is there for its marker.
    XYSeries key = chart.addSeries(name, new double[] {0}, new double[] {Double.NaN});
    key.setMarker(SeriesMarkers.SQUARE);
    key.setMarkerColor(colour);
    key.setLineStyle(SeriesLines.NONE);
  }

  /** The legend beside the plot, which has room for many names. */
  static void legendAside(XYChart chart) {
    chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideE);
    chart.getStyler().setLegendLayout(Styler.LegendLayout.Vertical);
  }

  private static void apply(AxesChartStyler styler) {
    styler.setLocale(Locale.ROOT); // of the numbers along the axes
    styler.setChartBackgroundColor(BACKGROUND);
    styler.setChartFontColor(TEXT);
    styler.setChartPadding(14);
    styler.setChartTitleBoxVisible(false);
    styler.setChartTitleFont(TITLE);
    styler.setAxisTitleFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
    styler.setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
    styler.setLegendFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
    styler.setLegendBorderColor(BACKGROUND);
    styler.setPlotBorderVisible(false);
    styler.setPlotGridLinesColor(GRID);
    styler.setPlotGridLinesStroke(new BasicStroke(1));
    styler.setAxisTickLabelsColor(TEXT);
    styler.setAxisTickMarksColor(GRID);
  }
}
