package org.autoloss.data.coco;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.autoloss.internal.JsonStream;
import org.autoloss.metric.detection.Box;
import org.autoloss.metric.detection.CocoType;
import org.autoloss.metric.detection.Keypoints;
import org.autoloss.metric.detection.Polygons;
import org.autoloss.metric.detection.RunLengths;
import org.autoloss.metric.detection.Segmentation;

/** An annotation or a detection as it stands in a file; null where a field is not there. */
final class CocoEntry {
  Long id;
  Long image;
  Integer category;
  Double score;
  Box box;
  Double area;
  boolean crowd;
  boolean ignored;
  Segmentation segmentation;
  Keypoints keypoints;

  private CocoEntry() {}

  /** Reads an object; of masks and keypoints only those that are asked for. */
  static CocoEntry read(JsonStream in, String what, int index, Set<CocoType> types) {
    CocoEntry entry = new CocoEntry();
    try {
      in.object("an " + what, field -> entry.read(in, field, types));
    } catch (InvalidValue e) {
      throw in.invalid(what + " " + (index + 1) + ": " + e.getMessage());
    }
    return entry;
  }

  private void read(JsonStream in, String field, Set<CocoType> types) {
    if (in.isNull()) {
      return; // as if it were not there
    }
    switch (field) {
      case "id" -> id = in.whole("an id");
      case "image_id" -> image = in.whole("an image_id");
      case "category_id" -> category = in.integer("a category_id");
      case "score" -> score = in.number("a finite score");
      case "area" -> area = nonNegative(in.number("an area"));
      case "iscrowd" -> crowd = in.flag("iscrowd, 0 or 1,");
      case "ignore" -> ignored = in.flag("ignore, 0 or 1,");
      case "bbox" -> box = box(in.numbers("a bbox of numbers"));
      case "segmentation" -> {
        if (types.contains(CocoType.SEGM)) {
          segmentation = segmentation(in);
        } else {
          in.skip();
        }
      }
      case "keypoints" -> {
        if (types.contains(CocoType.KEYPOINTS)) {
          keypoints = keypoints(in.numbers("keypoints"));
        } else {
          in.skip();
        }
      }
      default -> in.skip();
    }
  }

  /** A value that is JSON, but not what it should be; the caller knows where. */
  private static final class InvalidValue extends RuntimeException {
    private static final long serialVersionUID = 1;

    InvalidValue(String message) {
      super(message);
    }
  }

  private static double nonNegative(double area) {
    if (area < 0) {
      throw new InvalidValue("area: expected 0 or more, got " + area);
    }
    return area;
  }

  private static Box box(double[] values) {
    if (values.length == 0) {
      return null; // pycocotools takes it for none
    }
    if (values.length != 4) {
      throw new InvalidValue(
          "bbox: expected x, y, width and height, got " + values.length + " numbers");
    }
    try {
      return new Box(values[0], values[1], values[2], values[3]);
    } catch (IllegalArgumentException e) {
      throw new InvalidValue(
          "bbox: expected a width and height of 0 or more, got " + Arrays.toString(values));
    }
  }

  private static Keypoints keypoints(double[] values) {
    try {
      return new Keypoints(values);
    } catch (IllegalArgumentException e) {
      throw new InvalidValue(e.getMessage());
    }
  }

  private static Segmentation segmentation(JsonStream in) {
    if (in.isObject()) {
      return runs(in);
    }
    List<double[]> parts = new ArrayList<>();
    in.list(
        "a segmentation, polygons or runs,", () -> parts.add(in.numbers("a polygon of numbers")));
    try {
      return new Polygons(parts);
    } catch (IllegalArgumentException e) {
      throw new InvalidValue(e.getMessage());
    }
  }

  private static RunLengths runs(JsonStream in) {
    double[][] sizes = {null};
    Object[] counts = {null};
    in.object(
        "a segmentation",
        field -> {
          switch (field) {
            case "size" -> sizes[0] = in.numbers("a size of height and width");
            case "counts" ->
                counts[0] = in.isText() ? in.text("counts") : integers(in.numbers("counts"));
            default -> in.skip();
          }
        });
    if (sizes[0] == null || counts[0] == null) {
      throw new InvalidValue("segmentation: expected size and counts, got one without");
    }
    int[] size = integers(sizes[0]);
    if (size.length != 2) {
      throw new InvalidValue("size: expected height and width, got " + size.length + " numbers");
    }
    try {
      return counts[0] instanceof String text
          ? RunLengths.parse(size[0], size[1], text)
          : RunLengths.of(size[0], size[1], (int[]) counts[0]);
    } catch (IllegalArgumentException e) {
      throw new InvalidValue(e.getMessage());
    }
  }

  private static int[] integers(double[] values) {
    int[] integers = new int[values.length];
    for (int i = 0; i < values.length; i++) {
      integers[i] = (int) values[i];
      if (integers[i] != values[i]) {
        throw new InvalidValue("segmentation: expected whole numbers, got " + values[i]);
      }
    }
    return integers;
  }

  /** A field that has to be there. */
  <T> T require(
      T value, String place, String field, Function<String, IllegalArgumentException> refused) {
    if (value == null) {
      throw refused.apply(place + " without '" + field + "'");
    }
    return value;
  }

  CocoImage requireImage(
      String place,
      Map<Long, CocoImage> images,
      Function<String, IllegalArgumentException> refused) {
    CocoImage known = images.get(require(image, place, "image_id", refused));
    if (known == null) {
      throw refused.apply(place + " of the image " + image + ", which is not among the images");
    }
    return known;
  }

  void requireCategory(
      String place, Set<Integer> categories, Function<String, IllegalArgumentException> refused) {
    if (!categories.contains(require(category, place, "category_id", refused))) {
      throw refused.apply(
          place + " of the category " + category + ", which is not among the categories");
    }
  }

  /** The segmentation as runs of the image's size. */
  RunLengths runs(String place, CocoImage of, Function<String, IllegalArgumentException> refused) {
    if (of.width() < 0 || of.height() < 0) {
      throw refused.apply("the image " + of.id() + " without 'width' and 'height'");
    }
    try {
      return segmentation.runs(of.height(), of.width());
    } catch (IllegalArgumentException e) {
      throw refused.apply(place + ": " + e.getMessage());
    }
  }
}
