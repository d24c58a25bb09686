package org.autoloss.data.coco;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.autoloss.internal.JsonStream;
import org.autoloss.metric.detection.CocoType;
import org.autoloss.metric.detection.GroundTruth;
import org.autoloss.metric.detection.Segmentation;

/** Reads an annotation file; its three lists may come in any order. */
final class CocoFileReader {
  private static final String EXPECTED = "COCO annotations";

  private final Path file;
  private final Set<CocoType> types;
  private final List<CocoImage> images = new ArrayList<>();
  private final List<CocoCategory> categories = new ArrayList<>();
  private final List<CocoEntry> entries = new ArrayList<>();

  CocoFileReader(Path file, Set<CocoType> types) {
    this.file = file;
    this.types = types;
  }

  CocoFile read() {
    Set<String> lists = new HashSet<>();
    try (JsonStream in = new JsonStream(file, EXPECTED)) {
      in.object(
          "an object with images, annotations and categories",
          name -> {
            switch (name) {
              case "images" -> in.list(name, () -> images.add(image(in)));
              case "categories" -> in.list(name, () -> categories.add(category(in)));
              case "annotations" ->
                  in.list(
                      name,
                      () -> entries.add(CocoEntry.read(in, "annotation", entries.size(), types)));
              default -> in.skip();
            }
            lists.add(name);
          });
      in.end();
    }
    for (String each : List.of("images", "annotations", "categories")) {
      if (!lists.contains(each)) {
        throw refused("a file without '" + each + "'");
      }
    }
    return joined();
  }

  private IllegalArgumentException refused(String got) {
    return new IllegalArgumentException(file + ": expected " + EXPECTED + ", got " + got);
  }

  private static CocoImage image(JsonStream in) {
    Long[] id = {null};
    String[] name = {""};
    int[] sizes = {-1, -1};
    in.object(
        "an image",
        field -> {
          switch (field) {
            case "id" -> id[0] = in.whole("an image's id");
            case "file_name" -> name[0] = in.text("an image's file_name");
            case "width" -> sizes[0] = size(in, "an image's width");
            case "height" -> sizes[1] = size(in, "an image's height");
            default -> in.skip();
          }
        });
    if (id[0] == null) {
      throw in.refused("an image without 'id'" + (name[0].isEmpty() ? "" : " (" + name[0] + ")"));
    }
    return new CocoImage(id[0], name[0], sizes[0], sizes[1]);
  }

  private static int size(JsonStream in, String what) {
    int size = in.integer(what);
    if (size < 0) {
      throw in.wrong(what + " of 0 or more");
    }
    return size;
  }

  private static CocoCategory category(JsonStream in) {
    Integer[] id = {null};
    String[] name = {""};
    List<String> keypoints = new ArrayList<>();
    List<List<Integer>> skeleton = new ArrayList<>();
    in.object(
        "a category",
        field -> {
          switch (field) {
            case "id" -> id[0] = in.integer("a category's id");
            case "name" -> name[0] = in.text("a category's name");
            case "keypoints" ->
                in.list("names of keypoints", () -> keypoints.add(in.text("a keypoint's name")));
            case "skeleton" -> in.list("a skeleton", () -> skeleton.add(bone(in)));
            default -> in.skip();
          }
        });
    if (id[0] == null) {
      throw in.refused("a category without 'id'");
    }
    return new CocoCategory(id[0], name[0], List.copyOf(keypoints), List.copyOf(skeleton));
  }

  private static List<Integer> bone(JsonStream in) {
    List<Integer> ends = new ArrayList<>();
    in.list("a bone, two numbers of keypoints", () -> ends.add(in.integer("a keypoint") - 1));
    if (ends.size() != 2) {
      throw in.wrong("a bone, two numbers of keypoints,");
    }
    return List.copyOf(ends);
  }

  private CocoFile joined() {
    Map<Long, CocoImage> byId = new HashMap<>();
    for (CocoImage image : images) {
      if (byId.put(image.id(), image) != null) {
        throw refused("two images with the id " + image.id());
      }
    }
    Set<Integer> known = new HashSet<>();
    for (CocoCategory category : categories) {
      if (!known.add(category.id())) {
        throw refused("two categories with the id " + category.id());
      }
    }
    Set<Long> ids = new HashSet<>();
    List<GroundTruth> objects = new ArrayList<>(entries.size());
    int renumbered = 0;
    for (int i = 0; i < entries.size(); i++) {
      CocoEntry entry = entries.set(i, null); // runs take the place of polygons, one by one
      String place = "annotation " + (i + 1);
      CocoImage image = entry.requireImage(place, byId, this::refused);
      entry.requireCategory(place, known, this::refused);
      if (!ids.add(entry.require(entry.id, place, "id", this::refused))) {
        throw refused("two annotations with the id " + entry.id);
      }
      renumbered += entry.id <= 0 ? 1 : 0;
      objects.add(object(entry, place, image));
    }
    return new CocoFile(
        List.copyOf(images), List.copyOf(categories), List.copyOf(objects), renumbered);
  }

  private GroundTruth object(CocoEntry entry, String place, CocoImage image) {
    entry.require(entry.box, place, "bbox", this::refused);
    entry.require(entry.area, place, "area", this::refused);
    Segmentation mask = null;
    if (types.contains(CocoType.SEGM)) {
      entry.require(entry.segmentation, place, "segmentation", this::refused);
      mask = entry.runs(place, image, this::refused);
    }
    if (types.contains(CocoType.KEYPOINTS)) {
      entry.require(entry.keypoints, place, "keypoints", this::refused);
    }
    return new GroundTruth(
        entry.id,
        image.id(),
        entry.category,
        entry.box,
        entry.area,
        entry.crowd,
        entry.ignored,
        mask,
        entry.keypoints);
  }
}
