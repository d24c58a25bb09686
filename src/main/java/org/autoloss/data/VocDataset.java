package org.autoloss.data;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.autoloss.internal.InputFiles;

/**
 * One split of a PASCAL VOC segmentation folder as it lies on disk.
 *
 * <pre>
 * ROOT/JPEGImages/NAME.jpg                    the image
 * ROOT/SegmentationClass/NAME.png             a palette PNG whose index is the class (255 is void),
 *                                             or an 8-bit grey PNG whose value is the class
 * ROOT/ImageSets/Segmentation/SPLIT.txt       one NAME a line
 * ROOT/classes.txt                            optional: one class name a line, background first;
 *                                             without it the 21 classes of VOC
 * </pre>
 *
 * <p>The layout is that of Everingham et al., "The PASCAL Visual Object Classes (VOC) Challenge",
 * IJCV 88, 2010.
 *
 * <p>Opening reads the lists and checks that all files are there; {@link #get} decodes. Decoded
 * samples stay in memory until the cache is full; later ones are decoded each time. (Nothing is
 * thrown out: training passes over the whole split again and again, and there the least recently
 * used sample is the one needed next.)
 */
public final class VocDataset implements SegmentationDataset {
  private static final long MAX_DEFAULT_CACHE = 1L << 30;

  private final VocFolders folders;
  private final List<String> classes;
  private final List<String> names;
  private final long cacheBytes;
  private final AtomicLong cachedBytes = new AtomicLong();
  private final AtomicReferenceArray<Sample> cache;

  private VocDataset(
      VocFolders folders, List<String> classes, List<String> names, long cacheBytes) {
    this.folders = folders;
    this.classes = classes;
    this.names = names;
    this.cacheBytes = cacheBytes;
    this.cache = new AtomicReferenceArray<>(names.size());
  }

  /**
   * Opens a split, with a cache of at most a quarter of the Java heap and 1 GiB.
   *
   * @param root the folder that holds JPEGImages, SegmentationClass and ImageSets
   * @param split the name of a list in ImageSets/Segmentation, such as {@code train}
   * @return the data set
   * @throws IllegalArgumentException if a folder, a list, an image or its labels is missing, or a
   *     list is empty or holds a bad name; the message names the file
   */
  public static VocDataset open(Path root, String split) {
    return open(root, split, Math.min(MAX_DEFAULT_CACHE, Runtime.getRuntime().maxMemory() / 4));
  }

  /**
   * Opens a split.
   *
   * @param root the folder that holds JPEGImages, SegmentationClass and ImageSets
   * @param split the name of a list in ImageSets/Segmentation, such as {@code train}
   * @param cacheBytes how many bytes of decoded samples to keep; 0 keeps none
   * @return the data set
   * @throws IllegalArgumentException as {@link #open(Path, String)}, or if cacheBytes is negative
   */
  public static VocDataset open(Path root, String split, long cacheBytes) {
    if (cacheBytes < 0) {
      throw new IllegalArgumentException("cacheBytes: expected at least 0, got " + cacheBytes);
    }
    VocFolders folders = new VocFolders(root);
    folders.requireFolders();
    List<String> names = names(folders, split);
    for (String name : names) {
      requireFile(folders.image(name), folders.list(split));
      requireFile(folders.label(name), folders.list(split));
    }
    return new VocDataset(folders, classes(folders), names, cacheBytes);
  }

  @Override
  public List<String> classes() {
    return classes;
  }

  @Override
  public int size() {
    return names.size();
  }

  /**
   * The names of the samples, in the list's order.
   *
   * @return an unmodifiable list
   */
  public List<String> names() {
    return names;
  }

  @Override
  public Sample get(int index) {
    Sample cached = cache.get(index);
    return cached != null ? cached : keep(index, read(names.get(index)));
  }

  /**
   * A fingerprint of the split: the class names, the samples' names, and the contents of all files.
   *
   * @return SHA-256 in hexadecimal digits
   * @throws IllegalArgumentException if a file cannot be read
   */
  public String digest() {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(String.join("\n", classes).getBytes(StandardCharsets.UTF_8));
      for (String name : names) {
        digest.update(("\n\n" + name + "\n").getBytes(StandardCharsets.UTF_8));
        digest.update(ImageFiles.bytes(folders.image(name)));
        digest.update(ImageFiles.bytes(folders.label(name)));
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  // Two threads may decode the same sample at once; the first one's is kept and both return it.
  private Sample keep(int index, Sample sample) {
    long bytes = (long) sample.rgb().length + sample.labels().length;
    if (cachedBytes.addAndGet(bytes) > cacheBytes) {
      cachedBytes.addAndGet(-bytes);
      return sample;
    }
    if (!cache.compareAndSet(index, null, sample)) {
      cachedBytes.addAndGet(-bytes);
    }
    return cache.get(index);
  }

  private Sample read(String name) {
    ImageFiles.Pixels image = ImageFiles.readJpeg(folders.image(name));
    ImageFiles.Pixels labels = ImageFiles.readLabels(folders.label(name));
    requireSameSize(name, image, labels);
    for (byte label : labels.bytes()) {
      requireClass(name, label & 0xFF);
    }
    return new Sample(name, image.width(), image.height(), image.bytes(), labels.bytes());
  }

  private void requireSameSize(String name, ImageFiles.Pixels image, ImageFiles.Pixels labels) {
    if (labels.width() == image.width() && labels.height() == image.height()) {
      return;
    }
    ExifOrientation orientation = ImageFiles.orientation(folders.image(name));
    boolean turned = orientation.onASide();
    throw new IllegalArgumentException(
        String.format(
            Locale.ROOT,
            "%s: expected the size of its image%s, %dx%d, got %dx%d; %s",
            folders.label(name),
            turned
                ? ", which EXIF tag 274 turns upright (orientation " + orientation.value() + ")"
                : "",
            image.width(),
            image.height(),
            labels.width(),
            labels.height(),
            turned ? "turn the labels too, or remove the tag" : "restore the file"));
  }

  private void requireClass(String name, int label) {
    if (label >= classes.size() && label != 255) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: expected classes 0 to %d or 255 (void), got %d; list all class names in %s",
              folders.label(name),
              classes.size() - 1,
              label,
              folders.classes()));
    }
  }

  private static List<String> names(VocFolders folders, String split) {
    if (!VocFolders.isPlain(split)) {
      throw new IllegalArgumentException(
          "split: expected the name of a list in " + folders.lists() + ", got \"" + split + "\"");
    }
    Path list = folders.list(split);
    List<String> names = lines(list, "a list of names");
    if (names.isEmpty()) {
      throw new IllegalArgumentException(
          list + ": expected at least one name, got an empty list; fill it or take another split");
    }
    for (int i = 0; i < names.size(); i++) {
      if (!VocFolders.isPlain(names.get(i))) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "%s: line %d: expected a file name without folder and extension, got \"%s\"",
                list,
                i + 1,
                names.get(i)));
      }
    }
    return names;
  }

  private static List<String> classes(VocFolders folders) {
    Path file = folders.classes();
    if (!Files.exists(file)) {
      return VocColours.CLASSES;
    }
    List<String> classes = lines(file, "a list of classes");
    if (classes.isEmpty() || classes.size() > 255) {
      throw new IllegalArgumentException(
          file + ": expected 1 to 255 class names, got " + classes.size());
    }
    for (int i = 0; i < classes.size(); i++) {
      if (classes.get(i).isEmpty()) {
        throw new IllegalArgumentException(
            file + ": line " + (i + 1) + ": expected a class name, got a blank line");
      }
    }
    if (new HashSet<>(classes).size() < classes.size()) {
      throw new IllegalArgumentException(file + ": expected different class names, got one twice");
    }
    return classes;
  }

  // Lists that were put together bring a byte order mark each.
  private static List<String> lines(Path file, String expected) {
    return InputFiles.text(file, expected)
        .stripTrailing()
        .lines()
        .map(line -> (line.startsWith("\uFEFF") ? line.substring(1) : line).strip())
        .toList();
  }

  private static void requireFile(Path file, Path list) {
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          file + ": expected a file, as " + list + " names it, got nothing; restore the file");
    }
  }
}
