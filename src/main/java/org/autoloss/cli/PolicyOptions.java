package org.autoloss.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.autoloss.metric.segmentation.BoundaryDistances;
import org.autoloss.metric.segmentation.ClassPolicy;
import org.autoloss.metric.segmentation.IgnoredEdges;
import picocli.CommandLine.Option;

/** The options that say how boundary metrics look at classes, the background and ignored pixels. */
final class PolicyOptions {
  @Option(
      names = "--tolerance",
      defaultValue = "5",
      paramLabel = "PIXELS",
      description = "how far boundaries may be apart in BIoU and BF1")
  private int tolerance;

  @Option(
      names = "--drop-background",
      description = "leave class 0 out of the boundary metrics (of BIoU: its edges)")
  private boolean dropBackground;

  @Option(
      names = "--ignored-edges",
      defaultValue = "count",
      paramLabel = "count|skip",
      description =
          "whether ignored pixels count in the boundaries of BIoU and BF1, as in Auto Seg-Loss,"
              + " or do not count")
  private String ignoredEdges;

  @Option(
      names = "--cheng-distance",
      defaultValue = "0.02",
      paramLabel = "SHARE",
      description = "depth of boundary regions in ChengBIoU, of the image's diagonal")
  private double chengDistance;

  @Option(
      names = "--csurka-distance",
      defaultValue = "0.0075",
      paramLabel = "SHARE",
      description = "how near boundaries must be in CsurkaBF, of the image's diagonal")
  private double csurkaDistance;

  /** Adds the options to the settings of a task. */
  void addTo(ObjectNode settings) {
    settings
        .put("tolerance", tolerance)
        .put("dropBackground", dropBackground)
        .put("ignoredEdges", ignoredEdges)
        .put("chengDistance", chengDistance)
        .put("csurkaDistance", csurkaDistance);
  }

  /** The policy that the options describe. */
  ClassPolicy policy() {
    return ClassPolicy.ASL
        .withTolerance(tolerance)
        .withDropBackground(dropBackground)
        .withIgnoredEdges(IgnoredEdges.of(ignoredEdges));
  }

  /** The distances that the options describe. */
  BoundaryDistances distances() {
    return new BoundaryDistances(chengDistance, csurkaDistance);
  }
}
