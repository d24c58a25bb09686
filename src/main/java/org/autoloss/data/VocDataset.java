package org.autoloss.data;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * One split of a PASCAL VOC segmentation folder as it lies on disk.
 *
 * <pre>
 * ROOT/JPEGImages/NAME.jpg                    the image
 * ROOT/SegmentationClass/NAME.png             a palette PNG whose index is the class (255 is void),
 *                                             or an 8-bit grey PNG whose value is the class
 * ROOT/ImageSets/Segmentation/SPLIT.txt       one NAME a line
 * ROOT/classes.txt                            one class name a line, background first; only VOC's
 *                                             own folder, which has a list in ImageSets/Main for
 *                                             each of its classes, goes without
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
  private static final int VOID = 255;

  private final VocFolders folders;
  private final Path list;
  private final List<String> classes;
  private final List<String> names;
  private final long cacheBytes;
  private final AtomicLong cachedBytes = new AtomicLong();
  private final AtomicReferenceArray<Sample> cache;
  private LabelCounts counts;

  private VocDataset(
      VocFolders folders, Path list, List<String> classes, List<String> names, long cacheBytes) {
    this.folders = folders;
    this.list = list;
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
    List<String> names = SplitList.read(folders, split);
    return new VocDataset(
        folders, folders.list(split), ClassNames.read(folders), names, cacheBytes);
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

  /**
   * Counts the labels of the split, at the first call. Reads the label files alone, side by side.
   *
   * @return the pixels of each class
   * @throws IllegalArgumentException if a label file is damaged or holds a class that is not in the
   *     list, or if no pixel of the split has a class
   */
  public synchronized LabelCounts labelCounts() {
    if (counts == null) {
      long[] all =
          names.stream().parallel().map(this::histogram).reduce(new long[256], VocDataset::sum);
      counts =
          new LabelCounts(
              classes, Arrays.stream(all, 0, classes.size()).boxed().toList(), all[VOID]);
      if (counts.labelled() == 0) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "%s: expected labels with classes, got only void (255) in all %d files that %s"
                    + " names; write the indices of classes, 0 to %d",
                folders.labels(),
                names.size(),
                list,
                classes.size() - 1));
      }
    }
    return counts;
  }

  private long[] histogram(String name) {
    long[] histogram = new long[256];
    for (byte label : ImageFiles.readLabels(folders.label(name)).bytes()) {
      histogram[label & 0xFF]++;
    }
    for (int label = 0; label < histogram.length; label++) {
      if (histogram[label] > 0) {
        requireClass(name, label);
      }
    }
    return histogram;
  }

  private static long[] sum(long[] one, long[] other) {
    long[] sum = new long[one.length];
    Arrays.setAll(sum, i -> one[i] + other[i]);
    return sum;
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
    if (label >= classes.size() && label != VOID) {
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
}
