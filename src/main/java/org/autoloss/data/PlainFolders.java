package org.autoloss.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.autoloss.internal.Excerpt;
import org.autoloss.internal.InputFiles;

/**
 * A folder of images, a folder of masks with the same names, and the classes.
 *
 * <pre>
 * ROOT/images/NAME.jpg or .jpeg or .png   in any case; or in folders, ROOT/images/LIST/NAME.jpg
 * ROOT/masks/NAME.png                     palette or 8-bit grey; or ROOT/masks/LIST/NAME.png
 * ROOT/classes.txt                        one name a line, background first
 * ROOT/LIST.txt                           one NAME a line; a list without a file is a folder of
 *                                         images, and "all" is every image
 * </pre>
 */
record PlainFolders(Path root) implements Layout {
  private static final String ALL = "all";
  private static final Set<String> ENDINGS = Set.of("jpg", "jpeg", "png");
  private static final int DEPTH = 4;

  Path images() {
    return root.resolve("images");
  }

  @Override
  public Path labels() {
    return root.resolve("masks");
  }

  private Path listFile(String list) {
    return root.resolve(list + VocFolders.LIST);
  }

  @Override
  public Path source(String list) {
    return Files.isRegularFile(listFile(list))
        ? listFile(list)
        : list.equals(ALL) ? images() : images().resolve(list);
  }

  @Override
  public List<String> classes() {
    return ClassNames.read(root.resolve(ClassNames.FILE), List.of());
  }

  @Override
  public String remedy() {
    return "list all class names in " + root.resolve(ClassNames.FILE);
  }

  @Override
  public List<SampleFiles> samples(String list) {
    if (VocFolders.isPlain(list) && Files.isRegularFile(listFile(list))) {
      return listed(listFile(list));
    }
    if (!VocFolders.isPlain(list) || !Files.isDirectory(source(list))) {
      throw new IllegalArgumentException(
          "split: expected "
              + root.resolve("LIST.txt")
              + ", a folder in "
              + images()
              + ", or all, got \""
              + Excerpt.of(list)
              + "\"; write such a list, or take a share of one, such as all:0-80");
    }
    Map<String, Path> found = images(source(list));
    if (found.isEmpty()) {
      throw new IllegalArgumentException(
          source(list) + ": expected images (.jpg, .jpeg, .png), got none");
    }
    List<SampleFiles> samples = new ArrayList<>();
    found.forEach((name, image) -> samples.add(sample(name, image, source(list))));
    return samples;
  }

  private List<SampleFiles> listed(Path file) {
    Map<String, Path> found = images(images());
    List<SampleFiles> samples = new ArrayList<>();
    for (String name : InputFiles.lines(file, "a list of names")) {
      Path image = found.get(name);
      if (image == null) {
        throw new IllegalArgumentException(
            file
                + ": expected names of images in "
                + images()
                + " without their endings, got \""
                + Excerpt.of(name)
                + "\"; take it out of the list, or restore the image");
      }
      samples.add(sample(name, image, file));
    }
    if (samples.isEmpty()) {
      throw new IllegalArgumentException(
          file + ": expected at least one name, got an empty list; fill it or take another split");
    }
    return samples;
  }

  /** The images of a folder by their paths below ROOT/images, without endings. */
  private Map<String, Path> images(Path folder) {
    Map<String, Path> found = new LinkedHashMap<>();
    Map<String, Path> seen = new HashMap<>();
    for (Path file : FolderTree.files(folder, DEPTH)) {
      String path = images().relativize(file).toString().replace('\\', '/');
      int dot = path.lastIndexOf('.');
      if (dot > 0 && ENDINGS.contains(path.substring(dot + 1).toLowerCase(Locale.ROOT))) {
        String name = path.substring(0, dot);
        Path other = seen.put(name, file);
        if (other != null) {
          throw new IllegalArgumentException(
              file + ": expected one image of a name, got " + other + " as well; rename one");
        }
        found.put(name, file);
      }
    }
    return found;
  }

  private SampleFiles sample(String name, Path image, Path source) {
    Path mask = labels().resolve(name + ".png");
    if (!Files.isRegularFile(mask)) {
      throw new IllegalArgumentException(
          mask
              + ": expected the mask of "
              + image
              + ", which "
              + source
              + " names, got nothing; restore the mask, or take the image away");
    }
    return new SampleFiles(name, image, mask);
  }
}
