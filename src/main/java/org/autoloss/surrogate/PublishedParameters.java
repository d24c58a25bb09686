package org.autoloss.surrogate;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import org.autoloss.internal.Json;
import org.autoloss.metric.segmentation.ClassPolicy;
import org.autoloss.metric.segmentation.SegmentationMetric;

/** Reads {@code published.json}: the parameters that the authors of Auto Seg-Loss published. */
final class PublishedParameters {
  private static final String RESOURCE = "published.json";

  private PublishedParameters() {}

  static SurrogateParameters of(SegmentationMetric metric) {
    try (InputStream in = PublishedParameters.class.getResourceAsStream(RESOURCE)) {
      JsonNode entry = Json.MAPPER.readTree(in).path(metric.requireSearchable().label());
      double[] points = new double[entry.path("controlPoints").size()];
      for (int i = 0; i < points.length; i++) {
        points[i] = entry.path("controlPoints").get(i).doubleValue();
      }
      ClassPolicy policy =
          ClassPolicy.ASL
              .withTolerance(entry.path("tolerance").asInt(ClassPolicy.ASL.tolerance()))
              .withDropBackground(entry.path("dropBackground").asBoolean(false));
      return SurrogateParameters.of(metric, points, policy);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + RESOURCE + " in the jar", e);
    }
  }
}
