package org.autoloss.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Where things lie in a folder of PASCAL VOC segmentation.
 *
 * <pre>
 * ROOT/JPEGImages/NAME.jpg                    the image, or NAME.png
 * ROOT/SegmentationClass/NAME.png             a palette PNG whose index is the class (255 is void),
 *                                             or an 8-bit grey PNG whose value is the class
 * ROOT/SegmentationClassAug/NAME.png          the same for samples that are not there, such as
 *                                             those of SBD in "trainaug"
 * ROOT/ImageSets/Segmentation/LIST.txt        one NAME a line
 * ROOT/classes.txt                            one class name a line, background first; only VOC's
 *                                             own folder, which has a list in ImageSets/Main for
 *                                             each of its classes, goes without
 * </pre>
 *
 * <p>The layout is that of Everingham et al., "The PASCAL Visual Object Classes (VOC) Challenge",
 * IJCV 88, 2010; the second folder of labels that of Hariharan et al., "Semantic contours from
 * inverse detectors", ICCV 2011, as it is usually handed on.
 */
record VocFolders(Path root) implements Layout {
  /** How the names of lists end. */
  static final String LIST = ".txt";

  Path images() {
    return root.resolve("JPEGImages");
  }

  @Override
  public Path labels() {
    return root.resolve("SegmentationClass");
  }

  Path lists() {
    return root.resolve("ImageSets").resolve("Segmentation");
  }

  Path image(String name) {
    Path png = images().resolve(name + ".png");
    Path jpeg = images().resolve(name + ".jpg");
    return !Files.exists(jpeg) && Files.isRegularFile(png) ? png : jpeg;
  }

  Path label(String name) {
    Path more = root.resolve("SegmentationClassAug").resolve(name + ".png");
    Path usual = labels().resolve(name + ".png");
    return !Files.exists(usual) && Files.isRegularFile(more) ? more : usual;
  }

  Path list(String split) {
    return lists().resolve(split + LIST);
  }

  /** The file of the classes' names. */
  Path classNames() {
    return root.resolve(ClassNames.FILE);
  }

  @Override
  public List<String> classes() {
    return ClassNames.read(classNames(), isVoc() ? VocColours.CLASSES : List.of());
  }

  @Override
  public List<SampleFiles> samples(String list) {
    return SplitList.read(this, list).stream()
        .map(name -> new SampleFiles(name, image(name), label(name)))
        .toList();
  }

  @Override
  public Path source(String list) {
    return list(list);
  }

  @Override
  public String remedy() {
    return "list all class names in " + classNames();
  }

  /**
   * Whether this is PASCAL VOC itself, and not own data in its layout: it has a list of images for
   * each of VOC's objects.
   */
  boolean isVoc() {
    return VocColours.CLASSES.stream()
        .skip(1) // the background
        .map(name -> root.resolve("ImageSets").resolve("Main").resolve(name + "_trainval" + LIST))
        .allMatch(Files::isRegularFile);
  }

  /** Names the first folder that is missing. */
  void requireFolders() {
    requireFolder(root);
    requireFolder(images());
    requireFolder(labels());
    requireFolder(lists());
  }

  private static void requireFolder(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new IllegalArgumentException(
          folder
              + ": expected a folder, got "
              + (Files.exists(folder) ? "a file" : "nothing")
              + "; give the folder that holds JPEGImages, SegmentationClass and ImageSets, such as"
              + " VOCdevkit/VOC2012");
    }
  }

  /**
   * Whether a name is a plain file name: anything else could lead out of the folder.
   *
   * @return false for a blank name and for one with a separator or a control character, "." and
   *     ".."
   */
  static boolean isPlain(String name) {
    return !name.isBlank()
        && !name.equals(".")
        && !name.equals("..")
        && name.chars().noneMatch(c -> c == '/' || c == '\\' || c == ':' || c < ' ');
  }
}
