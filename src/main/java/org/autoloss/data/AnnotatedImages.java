package org.autoloss.data;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.autoloss.data.coco.CocoFile;
import org.autoloss.data.coco.CocoImage;
import org.autoloss.internal.InputFiles;
import org.autoloss.metric.detection.GroundTruth;

/** Images of a folder with the objects that a list has of them: all data sets on objects. */
final class AnnotatedImages implements ObjectDataset {
  private static final int LONGEST = 256 << 20;

  private final Path folder;
  private final CocoFile annotations;
  private final Map<Integer, Integer> labels = new HashMap<>(); // by category
  private final Map<Long, List<ObjectLabel>> objects = new HashMap<>(); // by image

  /**
   * A data set.
   *
   * @param folder of the images
   * @param annotations whose categories are in the order of labels
   * @param source of the annotations, for messages
   */
  AnnotatedImages(Path folder, CocoFile annotations, Path source) {
    this.folder = folder;
    this.annotations = annotations;
    if (annotations.images().isEmpty()) {
      throw new IllegalArgumentException(source + ": expected at least one image, got none");
    }
    for (int i = 0; i < annotations.categories().size(); i++) {
      labels.put(annotations.categories().get(i).id(), i + 1);
    }
    for (GroundTruth each : annotations.objects()) {
      objects.computeIfAbsent(each.image(), any -> new ArrayList<>()).add(label(each));
    }
    for (CocoImage image : annotations.images()) {
      requireFile(image, source);
    }
  }

  private ObjectLabel label(GroundTruth object) {
    return new ObjectLabel(
        labels.get(object.category()),
        object.box(),
        object.area(),
        object.crowd(),
        object.ignored(),
        object.segmentation(),
        object.keypoints());
  }

  // Names may lead through folders, as in train2017/1.jpg, but not out of this one.
  private void requireFile(CocoImage image, Path source) {
    boolean within =
        !image.fileName().isEmpty()
            && image.fileName().indexOf('\0') < 0
            && folder.resolve(image.fileName()).normalize().startsWith(folder.normalize());
    if (!within || !Files.isRegularFile(folder.resolve(image.fileName()))) {
      throw new IllegalArgumentException(
          folder
              + ": expected the image '"
              + org.autoloss.internal.Excerpt.of(image.fileName())
              + "', as "
              + source
              + " names it, got nothing; restore the file, or give its folder");
    }
  }

  @Override
  public int size() {
    return annotations.images().size();
  }

  @Override
  public ObjectSample get(int index) {
    CocoImage image = annotations.images().get(index);
    Path file = folder.resolve(image.fileName());
    ImageFiles.Pixels pixels = ImageFiles.readImage(file);
    boolean known = image.width() >= 0 && image.height() >= 0;
    if (known && (pixels.width() != image.width() || pixels.height() != image.height())) {
      throw new IllegalArgumentException(
          file
              + ": expected "
              + image.width()
              + "x"
              + image.height()
              + " pixels, as its annotations say, got "
              + pixels.width()
              + "x"
              + pixels.height());
    }
    return new ObjectSample(
        image.fileName(),
        image.id(),
        pixels.width(),
        pixels.height(),
        pixels.bytes(),
        new Target(objects.getOrDefault(image.id(), List.of())));
  }

  @Override
  public CocoFile annotations() {
    return annotations;
  }

  @Override
  public String digest() {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      annotations.categories().forEach(each -> sha.update(bytes(each.id() + " " + each.name())));
      annotations.objects().forEach(each -> sha.update(bytes(text(each))));
      for (CocoImage image : annotations.images()) {
        sha.update(bytes(image.id() + " " + image.fileName()));
        sha.update(InputFiles.bytes(folder.resolve(image.fileName()), "an image", LONGEST));
      }
      return HexFormat.of().formatHex(sha.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  private static String text(GroundTruth each) {
    String text =
        String.join(
            " ",
            Long.toString(each.image()),
            Integer.toString(each.category()),
            each.box().toString(),
            Double.toString(each.area()),
            Boolean.toString(each.crowd()),
            Boolean.toString(each.ignored()));
    String mask = each.segmentation() == null ? "" : " " + each.segmentation();
    return each.keypoints() == null
        ? text + mask
        : text + mask + " " + Arrays.toString(each.keypoints().values());
  }

  private static byte[] bytes(String line) {
    return (line + "\n").getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public int category(int label) {
    return annotations.categories().get(label - 1).id();
  }
}
