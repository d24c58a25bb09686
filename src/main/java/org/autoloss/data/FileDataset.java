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
 * Labelled images in files, in one of the layouts of {@link DataFormat}.
 *
 * <p>Opening reads the lists and checks that all files are there; {@link #get} decodes. Decoded
 * samples stay in memory until the cache is full; later ones are decoded each time. (Nothing is
 * thrown out: training passes over the whole split again and again, and there the least recently
 * used sample is the one needed next.)
 */
public final class FileDataset implements SegmentationDataset {
  private static final long MAX_DEFAULT_CACHE = 1L << 30;
  private static final int VOID = 255;

  private final Layout layout;
  private final String split;
  private final List<String> classes;
  private final List<SampleFiles> samples;
  private final long cacheBytes;
  private final AtomicLong cachedBytes = new AtomicLong();
  private final AtomicReferenceArray<Sample> cache;
  private LabelCounts counts;
  private String digest;

  private FileDataset(Layout layout, String split, List<SampleFiles> samples, long cacheBytes) {
    this.layout = layout;
    this.split = split;
    this.samples = samples;
    this.classes = layout.classes();
    this.cacheBytes = cacheBytes;
    this.cache = new AtomicReferenceArray<>(samples.size());
  }

  /** With a cache of at most a quarter of the Java heap and 1 GiB. */
  static FileDataset open(Layout layout, String split) {
    return open(layout, split, Math.min(MAX_DEFAULT_CACHE, Runtime.getRuntime().maxMemory() / 4));
  }

  static FileDataset open(Layout layout, String split, long cacheBytes) {
    if (cacheBytes < 0) {
      throw new IllegalArgumentException("cacheBytes: expected at least 0, got " + cacheBytes);
    }
    return new FileDataset(layout, split, SplitName.parse(split).of(layout), cacheBytes);
  }

  @Override
  public List<String> classes() {
    return classes;
  }

  @Override
  public int size() {
    return samples.size();
  }

  /**
   * The names of the samples, in the list's order.
   *
   * @return an unmodifiable list
   */
  public List<String> names() {
    return samples.stream().map(SampleFiles::name).toList();
  }

  @Override
  public Sample get(int index) {
    Sample cached = cache.get(index);
    return cached != null ? cached : keep(index, read(samples.get(index)));
  }

  /**
   * A fingerprint of the split: the class names, the samples' names, and the contents of all files.
   * They are read at the first call.
   *
   * @return SHA-256 in hexadecimal digits
   * @throws IllegalArgumentException if a file cannot be read
   */
  public synchronized String digest() {
    if (digest == null) {
      digest = computeDigest();
    }
    return digest;
  }

  private String computeDigest() {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      sha.update(String.join("\n", classes).getBytes(StandardCharsets.UTF_8));
      for (SampleFiles sample : samples) {
        sha.update(("\n\n" + sample.name() + "\n").getBytes(StandardCharsets.UTF_8));
        sha.update(ImageFiles.bytes(sample.image()));
        sha.update(ImageFiles.bytes(sample.labels()));
      }
      return HexFormat.of().formatHex(sha.digest());
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
          samples.stream().parallel().map(this::histogram).reduce(new long[256], FileDataset::sum);
      counts =
          new LabelCounts(
              classes, Arrays.stream(all, 0, classes.size()).boxed().toList(), all[VOID]);
      if (counts.labelled() == 0) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "%s: expected labels with classes, got only void (255) in all %d files that %s"
                    + " names; write the indices of classes, 0 to %d",
                layout.labels(),
                samples.size(),
                source(),
                classes.size() - 1));
      }
    }
    return counts;
  }

  /** What names the samples, for messages. */
  private Path source() {
    return layout.source(SplitName.parse(split).parts().get(0).list());
  }

  private long[] histogram(SampleFiles sample) {
    long[] histogram = new long[256];
    for (byte label : labels(sample).bytes()) {
      histogram[label & 0xFF]++;
    }
    for (int label = 0; label < histogram.length; label++) {
      if (histogram[label] > 0) {
        requireClass(sample.labels(), label);
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

  private Sample read(SampleFiles sample) {
    ImageFiles.Pixels image = ImageFiles.readImage(sample.image());
    ImageFiles.Pixels labels = labels(sample);
    requireSameSize(sample, image, labels);
    for (byte label : labels.bytes()) {
      requireClass(sample.labels(), label & 0xFF);
    }
    return new Sample(sample.name(), image.width(), image.height(), image.bytes(), labels.bytes());
  }

  private ImageFiles.Pixels labels(SampleFiles sample) {
    ImageFiles.Pixels labels = ImageFiles.readLabels(sample.labels());
    layout.toClasses(sample.labels(), labels.bytes());
    return labels;
  }

  private static void requireSameSize(
      SampleFiles sample, ImageFiles.Pixels image, ImageFiles.Pixels labels) {
    if (labels.width() == image.width() && labels.height() == image.height()) {
      return;
    }
    ExifOrientation orientation = ImageFiles.orientation(sample.image());
    boolean turned = orientation.onASide();
    throw new IllegalArgumentException(
        String.format(
            Locale.ROOT,
            "%s: expected the size of its image%s, %dx%d, got %dx%d; %s",
            sample.labels(),
            turned
                ? ", which EXIF tag 274 turns upright (orientation " + orientation.value() + ")"
                : "",
            image.width(),
            image.height(),
            labels.width(),
            labels.height(),
            turned ? "turn the labels too, or remove the tag" : "restore the file"));
  }

  private void requireClass(Path file, int label) {
    if (label >= classes.size() && label != VOID) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: expected classes 0 to %d or 255 (void), got %d; %s",
              file,
              classes.size() - 1,
              label,
              layout.remedy()));
    }
  }
}
