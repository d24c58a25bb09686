package org.autoloss.report;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.autoloss.plot.CurvePicture;
import org.autoloss.task.Curve;
import org.autoloss.task.ExampleFiles;

/** What the networks of the comparison are worth, as curves: a chart for each kind of curve. */
final class CurvesSection {
  private CurvesSection() {}

  /** What mustache shows; empty where the run keeps no curves. */
  static List<Map<String, Object>> of(Path run, List<String> losses) throws IOException {
    Map<String, Curve> charts = new LinkedHashMap<>();
    Map<String, Map<String, CurvePicture.Line>> lines = new LinkedHashMap<>();
    for (String loss : losses) {
      for (Curve curve : new ExampleFiles(run.resolve(ExampleFiles.FOLDER), loss).readCurves()) {
        charts.putIfAbsent(curve.chart(), curve);
        lines
            .computeIfAbsent(curve.chart(), chart -> new LinkedHashMap<>())
            .put(loss, new CurvePicture.Line(curve.xs(), curve.ys()));
      }
    }
    List<Map<String, Object>> pictures = new ArrayList<>();
    charts.forEach(
        (title, any) ->
            pictures.add(
                DataUri.chart(
                    CurvePicture.of(title, any.x(), any.y(), lines.get(title)),
                    "Chart: " + title + " of each loss",
                    "")));
    return pictures;
  }
}
