package org.autoloss.surrogate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import org.autoloss.internal.Excerpt;
import org.autoloss.loss.AbsentClasses;
import org.autoloss.loss.Loss;
import org.autoloss.loss.LossFactory;
import org.autoloss.loss.LossOptions;
import org.autoloss.metric.segmentation.ClassPolicy;
import org.autoloss.metric.segmentation.IgnoredEdges;
import org.autoloss.metric.segmentation.SegmentationMetric;

/**
 * Makes surrogates from {@code asl:mIoU} (published parameters), {@code asl:found.json}, and JSON.
 * Published parameters take the options of a {@link ClassPolicy}: {@code
 * asl:BF1,tolerance=3,drop_background,ignored_edges=skip,absent=skip}; an artefact holds its own.
 */
public final class SurrogateLossFactory implements LossFactory {
  /** For {@link java.util.ServiceLoader}. */
  public SurrogateLossFactory() {}

  @Override
  public Set<String> names() {
    return Set.of(SurrogateLoss.KIND);
  }

  @Override
  public Loss parse(String name, String argument) {
    if (argument.toLowerCase(Locale.ROOT).endsWith(".json")) {
      return Loss.read(Path.of(argument));
    }
    String metric =
        argument.contains(",") ? argument.substring(0, argument.indexOf(',')) : argument;
    boolean known =
        Arrays.stream(SegmentationMetric.values())
            .anyMatch(m -> m.label().equalsIgnoreCase(metric.strip()));
    if (!known) {
      throw new IllegalArgumentException(
          "asl: expected a metric (asl:mIoU) or an artefact (asl:found.json), got '"
              + Excerpt.of(argument)
              + "'");
    }
    SurrogateParameters published =
        SurrogateParameters.published(SegmentationMetric.of(metric.strip()));
    LossOptions options =
        LossOptions.parse(
            name, argument.substring(Math.min(metric.length() + 1, argument.length())));
    return SurrogateLoss.of(
        new SurrogateParameters(
            published.metric(), published.curves(), policy(published.policy(), options)));
  }

  private static ClassPolicy policy(ClassPolicy published, LossOptions options) {
    boolean skipAbsent = options.choice("absent", "count", "skip");
    boolean skipIgnored = options.choice("ignored_edges", "count", "skip");
    boolean drop =
        options.flag("drop_background")
            || !options.has("drop_background") && published.dropBackground();
    ClassPolicy policy =
        published
            .withTolerance(options.whole("tolerance", published.tolerance()))
            .withDropBackground(drop)
            .withAbsentInLoss(skipAbsent ? AbsentClasses.SKIP : AbsentClasses.COUNT)
            .withIgnoredEdges(skipIgnored ? IgnoredEdges.SKIP : IgnoredEdges.COUNT);
    options.requireAllKnown();
    return policy;
  }

  @Override
  public Loss fromJson(String name, ObjectNode artefact) {
    SegmentationMetric metric = SegmentationMetric.of(artefact.path("metric").asText(""));
    return SurrogateLoss.of(
        SurrogateParameters.of(
            metric, controlPoints(artefact.path("controlPoints")), policy(artefact)));
  }

  private static double[] controlPoints(JsonNode array) {
    double[] points = new double[array.size()];
    for (int i = 0; i < points.length; i++) {
      if (!array.get(i).isNumber()) {
        throw new IllegalArgumentException(
            "controlPoints: expected numbers, got " + Excerpt.of(array.get(i).toString()));
      }
      points[i] = array.get(i).doubleValue();
    }
    return points;
  }

  private static ClassPolicy policy(ObjectNode artefact) {
    JsonNode tolerance = artefact.path("tolerance");
    if (!tolerance.isMissingNode() && !tolerance.isInt()) {
      throw new IllegalArgumentException(
          "tolerance: expected whole pixels, got " + Excerpt.of(tolerance.toString()));
    }
    return ClassPolicy.ASL
        .withTolerance(tolerance.asInt(ClassPolicy.ASL.tolerance()))
        .withDropBackground(artefact.path("dropBackground").asBoolean(false))
        .withAbsentInLoss(
            skips(artefact, "absentClasses") ? AbsentClasses.SKIP : AbsentClasses.COUNT)
        .withIgnoredEdges(skips(artefact, "ignoredEdges") ? IgnoredEdges.SKIP : IgnoredEdges.COUNT);
  }

  /** Whether a field is skip; count, as in the published surrogates, where there is none. */
  private static boolean skips(ObjectNode artefact, String field) {
    String choice = artefact.path(field).asText("count");
    if (!choice.equals("count") && !choice.equals("skip")) {
      throw new IllegalArgumentException(field + ": expected count or skip, got '" + choice + "'");
    }
    return choice.equals("skip");
  }
}
