package org.autoloss.data.coco;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.autoloss.internal.AtomicFiles;
import org.autoloss.internal.Json;
import org.autoloss.internal.JsonStream;
import org.autoloss.metric.detection.Box;
import org.autoloss.metric.detection.CocoType;
import org.autoloss.metric.detection.Detection;
import org.autoloss.metric.detection.Polygons;
import org.autoloss.metric.detection.RunLengths;
import org.autoloss.metric.detection.Segmentation;

/**
 * Detections in COCO's result format: a list of {@code {"image_id", "category_id", "score"}} with
 * {@code bbox}, {@code segmentation} or {@code keypoints}.
 */
public final class CocoResultFile {
  private static final String EXPECTED = "COCO results";
  private static final int BUFFER = 1 << 16;

  /** What the areas of detections are those of. */
  private enum Kind {
    BOX,
    MASK,
    POSE
  }

  private CocoResultFile() {}

  /**
   * Reads detections, as pycocotools' {@code loadRes} does: where the first one has a box, the
   * areas of all are those of their boxes, also if masks are compared; else those of their masks;
   * else those around their keypoints.
   *
   * @param file which
   * @param truth what they are compared with
   * @param type what of them is compared
   * @return in the file's order
   * @throws IllegalArgumentException if it is not such a file, or a detection lacks a field, or is
   *     of an image or category that the truth does not have; the message names the file
   */
  public static List<Detection> read(Path file, CocoFile truth, CocoType type) {
    Map<Long, CocoImage> images = new HashMap<>();
    truth.images().forEach(image -> images.put(image.id(), image));
    Set<Integer> categories = new HashSet<>(truth.categoryIds());
    List<Detection> detections = new ArrayList<>();
    Kind[] kind = {null};
    try (JsonStream in = new JsonStream(file, EXPECTED)) {
      in.list(
          "a list of detections",
          () -> {
            Set<CocoType> types = kind[0] == null ? EnumSet.allOf(CocoType.class) : read(kind[0]);
            types.add(type);
            CocoEntry entry = CocoEntry.read(in, "detection", detections.size(), types);
            String place = "detection " + (detections.size() + 1);
            if (kind[0] == null) {
              kind[0] = kind(entry, place, in);
            }
            CocoImage image = entry.requireImage(place, images, in::refused);
            entry.requireCategory(place, categories, in::refused);
            entry.require(entry.score, place, "score", in::refused);
            detections.add(detection(entry, place, image, kind[0], type, in));
          });
      in.end();
    }
    return List.copyOf(detections);
  }

  private static Kind kind(CocoEntry first, String place, JsonStream in) {
    if (first.box != null) {
      return Kind.BOX;
    }
    if (first.segmentation != null) {
      return Kind.MASK;
    }
    if (first.keypoints != null) {
      return Kind.POSE;
    }
    throw in.refused(place + " without 'bbox', 'segmentation' or 'keypoints'");
  }

  private static Set<CocoType> read(Kind kind) {
    return switch (kind) {
      case BOX -> EnumSet.of(CocoType.BBOX);
      case MASK -> EnumSet.of(CocoType.SEGM);
      case POSE -> EnumSet.of(CocoType.KEYPOINTS);
    };
  }

  private static Detection detection(
      CocoEntry entry, String place, CocoImage image, Kind kind, CocoType type, JsonStream in) {
    Box box = entry.box;
    Segmentation mask = null;
    double area = 0;
    switch (kind) {
      case BOX -> area = entry.require(box, place, "bbox", in::refused).area();
      case MASK -> {
        entry.require(entry.segmentation, place, "segmentation", in::refused);
        RunLengths runs = entry.runs(place, image, in::refused);
        mask = runs;
        area = runs.area();
        box = box == null ? runs.bounds() : box;
      }
      case POSE -> {
        entry.require(entry.keypoints, place, "keypoints", in::refused);
        box = entry.keypoints.bounds();
        area = entry.keypoints.area();
      }
    }
    if (type == CocoType.SEGM && kind == Kind.BOX) {
      mask =
          entry.segmentation == null
              ? outline(box, image, place, in)
              : entry.runs(place, image, in::refused);
    } else if (type == CocoType.SEGM) {
      entry.require(mask, place, "segmentation", in::refused);
    } else if (type == CocoType.KEYPOINTS) {
      entry.require(entry.keypoints, place, "keypoints", in::refused);
    }
    return new Detection(
        image.id(),
        entry.category,
        entry.score,
        box,
        area,
        type == CocoType.SEGM ? mask : null,
        type == CocoType.KEYPOINTS ? entry.keypoints : null);
  }

  private static RunLengths outline(Box box, CocoImage image, String place, JsonStream in) {
    if (image.width() < 0 || image.height() < 0) {
      throw in.refused("the image " + image.id() + " without 'width' and 'height'");
    }
    try {
      return Polygons.of(box).runs(image.height(), image.width());
    } catch (IllegalArgumentException e) {
      throw in.invalid(place + ": " + e.getMessage());
    }
  }

  /**
   * Writes detections, whole or not at all. Of each what is compared is written: its box, its mask,
   * or its keypoints.
   *
   * @param file replaced if it exists
   * @param detections in this order
   * @param type what is compared
   * @throws IOException if the file cannot be written
   */
  public static void write(Path file, List<Detection> detections, CocoType type)
      throws IOException {
    AtomicFiles.write(file, out -> write(new BufferedOutputStream(out, BUFFER), detections, type));
  }

  private static void write(OutputStream out, List<Detection> detections, CocoType type)
      throws IOException {
    try (JsonGenerator json = Json.MAPPER.getFactory().createGenerator(out)) {
      json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
      json.writeStartArray();
      for (Detection each : detections) {
        json.writeStartObject();
        json.writeNumberField("image_id", each.image());
        json.writeNumberField("category_id", each.category());
        json.writeNumberField("score", each.score());
        write(json, each, type);
        json.writeEndObject();
      }
      json.writeEndArray();
    }
  }

  private static void write(JsonGenerator json, Detection each, CocoType type) throws IOException {
    switch (type) {
      case BBOX -> {
        Box box = each.box();
        double[] sides = {box.x(), box.y(), box.width(), box.height()};
        json.writeFieldName("bbox");
        json.writeArray(sides, 0, sides.length);
      }
      case SEGM -> {
        RunLengths mask = (RunLengths) each.segmentation();
        json.writeObjectFieldStart("segmentation");
        json.writeFieldName("size");
        json.writeArray(new int[] {mask.height(), mask.width()}, 0, 2);
        json.writeStringField("counts", mask.text());
        json.writeEndObject();
      }
      case KEYPOINTS -> {
        double[] values = each.keypoints().values();
        json.writeFieldName("keypoints");
        json.writeArray(values, 0, values.length);
      }
    }
  }
}
