package org.autoloss.data;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.autoloss.data.coco.CocoCategory;
import org.autoloss.internal.Json;
import org.autoloss.metric.detection.Box;
import org.autoloss.metric.detection.RunLengths;

/**
 * Writes images with objects in the layout that {@link CocoDataset} reads. Masks are runs in COCO's
 * string form.
 */
public final class CocoWriter {
  private static final float JPEG_QUALITY = 0.95f;

  private final Path root;
  private final List<CocoCategory> categories;
  private final List<Written> written = new ArrayList<>();

  private record Written(long id, String file, int width, int height, Target target) {}

  /**
   * Makes the folders.
   *
   * @param root the folder to write into
   * @param categories in the order of the labels, that of label 1 first
   * @throws IOException if a folder cannot be written
   */
  public CocoWriter(Path root, List<CocoCategory> categories) throws IOException {
    this.root = root;
    this.categories = List.copyOf(categories);
    Files.createDirectories(root.resolve("images"));
    Files.createDirectories(root.resolve("annotations"));
  }

  /**
   * Writes an image, and keeps its objects for the next {@link #writeSplit}.
   *
   * @param sample its name, with {@code .jpg}, becomes the file's
   * @throws IOException if a file cannot be written
   * @throws IllegalArgumentException if the name is no plain file name
   */
  public void write(ObjectSample sample) throws IOException {
    String file = sample.name() + ".jpg";
    requirePlain(sample.name());
    ImageEncoder.writeJpeg(
        root.resolve("images").resolve(file),
        new ImageFiles.Pixels(sample.width(), sample.height(), sample.rgb()),
        JPEG_QUALITY);
    written.add(new Written(sample.id(), file, sample.width(), sample.height(), sample.target()));
  }

  /**
   * Writes the annotations of all samples since the last split.
   *
   * @param split the file's name, without {@code .json}
   * @throws IOException if the file cannot be written
   * @throws IllegalArgumentException if the split is no plain file name
   */
  public void writeSplit(String split) throws IOException {
    requirePlain(split);
    Path file = root.resolve("annotations").resolve(split + ".json");
    try (OutputStream out = Files.newOutputStream(file);
        JsonGenerator json = Json.MAPPER.getFactory().createGenerator(out)) {
      json.writeStartObject();
      writeImages(json);
      writeAnnotations(json);
      writeCategories(json);
      json.writeEndObject();
    }
    written.clear();
  }

  private void writeCategories(JsonGenerator json) throws IOException {
    json.writeArrayFieldStart("categories");
    for (CocoCategory each : categories) {
      json.writeStartObject();
      json.writeNumberField("id", each.id());
      json.writeStringField("name", each.name());
      if (!each.keypoints().isEmpty()) {
        json.writeArrayFieldStart("keypoints");
        for (String name : each.keypoints()) {
          json.writeString(name);
        }
        json.writeEndArray();
        json.writeArrayFieldStart("skeleton");
        for (List<Integer> bone : each.skeleton()) {
          json.writeArray(new int[] {bone.get(0) + 1, bone.get(1) + 1}, 0, 2);
        }
        json.writeEndArray();
      }
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private void writeImages(JsonGenerator json) throws IOException {
    json.writeArrayFieldStart("images");
    for (Written each : written) {
      json.writeStartObject();
      json.writeNumberField("id", each.id());
      json.writeStringField("file_name", each.file());
      json.writeNumberField("width", each.width());
      json.writeNumberField("height", each.height());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private void writeAnnotations(JsonGenerator json) throws IOException {
    json.writeArrayFieldStart("annotations");
    int id = 0;
    for (Written each : written) {
      for (ObjectLabel object : each.target().objects()) {
        json.writeStartObject();
        json.writeNumberField("id", ++id);
        json.writeNumberField("image_id", each.id());
        json.writeNumberField("category_id", categories.get(object.label() - 1).id());
        Box box = object.box();
        double[] sides = {box.x(), box.y(), box.width(), box.height()};
        json.writeFieldName("bbox");
        json.writeArray(sides, 0, sides.length);
        json.writeNumberField("area", object.area());
        json.writeNumberField("iscrowd", object.crowd() ? 1 : 0);
        if (object.mask() != null) {
          writeMask(json, object.mask().runs(each.height(), each.width()));
        }
        if (object.keypoints() != null) {
          double[] points = object.keypoints().values();
          json.writeFieldName("keypoints");
          json.writeArray(points, 0, points.length);
          json.writeNumberField("num_keypoints", object.keypoints().labelled());
        }
        json.writeEndObject();
      }
    }
    json.writeEndArray();
  }

  private static void writeMask(JsonGenerator json, RunLengths mask) throws IOException {
    json.writeObjectFieldStart("segmentation");
    json.writeFieldName("size");
    json.writeArray(new int[] {mask.height(), mask.width()}, 0, 2);
    json.writeStringField("counts", mask.text());
    json.writeEndObject();
  }

  private static void requirePlain(String name) {
    if (!VocFolders.isPlain(name)) {
      throw new IllegalArgumentException(
          "name: expected a file name without folder and extension, got \"" + name + "\"");
    }
  }
}
