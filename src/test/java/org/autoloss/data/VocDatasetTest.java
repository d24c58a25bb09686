package org.autoloss.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VocDatasetTest {
  /** JPEG at quality 85 changes smooth colours by a few levels. */
  private static final int JPEG_ERROR = 6;

  @TempDir private Path root;
  private VocFixture files;

  @BeforeEach
  void writeFiles() throws IOException {
    files = VocFixture.in(root);
  }

  private static void assertMessage(ThrowingCallable call, Object... parts) {
    assertThatIllegalArgumentException()
        .isThrownBy(call)
        .satisfies(
            e -> {
              for (Object part : parts) {
                assertThat(e.getMessage()).contains(part.toString());
              }
            });
  }

  @Test
  void get_writtenSample_comesBackWithEqualLabelsAndCloseColours() {
    FileDataset dataset = files.open();
    assertThat(dataset.names()).containsExactly("a", "b");
    assertThat(dataset.classes()).isEqualTo(VocFixture.CLASSES);
    for (int i = 0; i < dataset.size(); i++) {
      Sample written = VocFixture.sample(dataset.names().get(i), i + 1);
      Sample read = dataset.get(i);
      assertThat(read.name()).isEqualTo(written.name());
      assertThat(read.labels()).isEqualTo(written.labels());
      int worst = 0;
      for (int k = 0; k < read.rgb().length; k++) {
        worst = Math.max(worst, Math.abs((read.rgb()[k] & 255) - (written.rgb()[k] & 255)));
      }
      assertThat(worst).isLessThanOrEqualTo(JPEG_ERROR);
    }
  }

  @Test
  void get_labelsWrittenByUs_haveThePaletteOfVoc() throws IOException {
    BufferedImage image = ImageIO.read(files.label("a").toFile());
    IndexColorModel palette = (IndexColorModel) image.getColorModel();
    // aeroplane, bicycle, tvmonitor and void, as the development kit shows them
    assertThat(palette.getRGB(1)).isEqualTo(0xFF800000);
    assertThat(palette.getRGB(2)).isEqualTo(0xFF008000);
    assertThat(palette.getRGB(20)).isEqualTo(0xFF004080);
    assertThat(palette.getRGB(255)).isEqualTo(0xFFE0E0C0);
  }

  @Test
  void get_paletteThatShowsAllClassesAlike_stillReadsIndices() throws IOException {
    byte[] same = new byte[256];
    BufferedImage image =
        new BufferedImage(
            VocFixture.WIDTH,
            VocFixture.HEIGHT,
            BufferedImage.TYPE_BYTE_INDEXED,
            new IndexColorModel(8, 256, same, same, same));
    image.getRaster().setSample(3, 2, 0, 2);
    ImageIO.write(image, "png", files.label("a").toFile());
    assertThat(files.open().get(0).labels()[2 * VocFixture.WIDTH + 3]).isEqualTo((byte) 2);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void get_paletteOfFewBits_readsIndices(int bits) throws IOException {
    byte[] ramp = new byte[1 << bits];
    IndexColorModel model = new IndexColorModel(bits, 1 << bits, ramp, ramp, ramp);
    BufferedImage image =
        new BufferedImage(
            VocFixture.WIDTH, VocFixture.HEIGHT, BufferedImage.TYPE_BYTE_BINARY, model);
    image.getRaster().setSample(5, 1, 0, 1);
    ImageIO.write(image, "png", files.label("a").toFile());
    byte[] expected = new byte[VocFixture.WIDTH * VocFixture.HEIGHT];
    expected[VocFixture.WIDTH + 5] = 1;
    assertThat(files.open().get(0).labels()).isEqualTo(expected);
  }

  @Test
  void get_greyLabels_readsValuesAsClasses() throws IOException {
    VocFixture.writePng(
        files.label("a"), BufferedImage.TYPE_BYTE_GRAY, VocFixture.WIDTH, VocFixture.HEIGHT, 2);
    assertThat(files.open().get(0).labels()).containsOnly(2);
  }

  @Test
  void get_greyJpeg_givesEqualChannelsOfTheStoredValue() throws IOException {
    BufferedImage grey =
        new BufferedImage(VocFixture.WIDTH, VocFixture.HEIGHT, BufferedImage.TYPE_BYTE_GRAY);
    for (int i = 0; i < VocFixture.WIDTH * VocFixture.HEIGHT; i++) {
      grey.getRaster().setSample(i % VocFixture.WIDTH, i / VocFixture.WIDTH, 0, 100);
    }
    ImageIO.write(grey, "jpg", files.image("a").toFile());
    for (byte value : files.open().get(0).rgb()) {
      assertThat((int) value).isBetween(98, 102); // JPEG's rounding
    }
  }

  @Test
  void open_withoutClassesFile_namesTheFileToWrite() throws IOException {
    Files.delete(files.classes());
    assertMessage(
        files::open, files.classes() + ": expected a list of classes, got nothing; write it");
  }

  @Test
  void open_vocItself_hasItsClassesWithoutAFile() throws IOException {
    Path main = Files.createDirectory(root.resolve("ImageSets").resolve("Main"));
    for (String name : VocColours.CLASSES.subList(1, 21)) {
      Files.writeString(main.resolve(name + "_trainval.txt"), "a -1\n");
    }
    assertThat(files.open().classes()).isEqualTo(VocFixture.CLASSES);
    Files.delete(files.classes());
    assertThat(files.open().classes()).hasSize(21).startsWith("background", "aeroplane");
    Files.delete(main.resolve("sofa_trainval.txt"));
    assertMessage(files::open, files.classes(), "got nothing; write it");
  }

  @Test
  void get_listWithWindowsLineEnds_readsTheNames() throws IOException {
    Files.writeString(files.list(), "b\r\na\r\n\r\n");
    assertThat(files.open().names()).containsExactly("b", "a");
  }

  @Test
  void open_byteOrderMarkInListAndClasses_isSkipped() throws IOException {
    Files.writeString(files.list(), "\uFEFFa\n");
    Files.writeString(files.classes(), "\uFEFFbackground\r\ncat\r\ndog\r\n");
    assertThat(files.open().names()).containsExactly("a");
    assertThat(files.open().classes()).isEqualTo(VocFixture.CLASSES);
  }

  @Test
  void open_listsPutTogetherWithTheirMarks_skipsEachMark() throws IOException {
    Files.writeString(files.list(), "\uFEFFa\n\uFEFFb\n");
    assertThat(files.open().names()).containsExactly("a", "b");
  }

  @Test
  void open_listOfThreeGibibytes_isRefusedBeforeItIsRead() throws IOException {
    try (RandomAccessFile sparse = new RandomAccessFile(files.list().toFile(), "rw")) {
      sparse.setLength(3L << 30);
    }
    assertMessage(files::open, files.list(), "at most 64 MiB, got 3072 MiB");
  }

  @Test
  void get_fullCache_decodesAgainAndReadsTheSame() {
    long oneSample = 4L * VocFixture.WIDTH * VocFixture.HEIGHT;
    FileDataset dataset = VocDataset.open(root, "train", oneSample);
    Sample kept = dataset.get(0);
    Sample notKept = dataset.get(1);
    assertThat(dataset.get(0)).isSameAs(kept);
    assertThat(dataset.get(1)).isNotSameAs(notKept);
    assertThat(dataset.get(1).rgb()).isEqualTo(notKept.rgb());
  }

  @Test
  void get_manyThreads_giveOneSample() {
    FileDataset dataset = files.open();
    List<Sample> samples =
        IntStream.range(0, 64).parallel().mapToObj(i -> dataset.get(0)).distinct().toList();
    assertThat(samples).hasSize(1);
  }

  @Test
  void get_indexOutside_isRefused() {
    assertThatThrownBy(() -> files.open().get(2)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void digest_changedFileNameOrOrder_isAnother() throws IOException {
    String before = files.open().digest();
    assertThat(files.open().digest()).isEqualTo(before).matches("[0-9a-f]{64}");
    Files.writeString(files.list(), "b\na\n");
    String reordered = files.open().digest();
    assertThat(reordered).isNotEqualTo(before);
    new VocWriter(root, VocFixture.CLASSES).write(VocFixture.sample("a", 9));
    assertThat(files.open().digest()).isNotEqualTo(reordered);
  }

  @ParameterizedTest
  @ValueSource(strings = {"JPEGImages", "SegmentationClass", "ImageSets"})
  void open_missingFolder_isNamed(String folder) throws IOException {
    Files.move(root.resolve(folder), root.resolve("elsewhere"));
    assertMessage(files::open, root.resolve(folder), "expected a folder, got nothing");
  }

  @Test
  void open_missingRoot_isNamed() {
    Path nowhere = root.resolve("nowhere");
    assertMessage(() -> VocDataset.open(nowhere, "train"), nowhere + ": expected a folder");
  }

  @Test
  void open_oneClass_isRefused() throws IOException {
    Files.writeString(files.classes(), "cell\n");
    assertMessage(
        files::open,
        files.classes()
            + ": expected 2 to 255 class names, got 1; give the background a class of its own");
  }

  @Test
  void open_missingList_namesThoseThatAreThere() throws IOException {
    Path missing = files.list().resolveSibling("val.txt");
    new VocWriter(root, VocFixture.CLASSES).writeSplit("test", List.of("a"));
    assertMessage(
        () -> VocDataset.open(root, "val"),
        missing
            + ": expected a list of names, got nothing; take a list that is there (test, train), or"
            + " write it");
    Files.delete(files.list());
    Files.delete(files.list().resolveSibling("test.txt"));
    assertMessage(() -> VocDataset.open(root, "val"), "got nothing; write it, with one name");
  }

  @ParameterizedTest
  @CsvSource({
    "a.JPG, there is a.JPG; rename it",
    "a.jpeg, there is a.jpeg; rename it",
    "A.jpg, there is A.jpg; rename it",
    "a.bmp, 'there is a.bmp; convert it to JPEG, and name it so'",
    "a, names stand in the list without .jpg",
    "other.jpg, 'restore the file, or take its name out of the list'"
  })
  void open_imageUnderAnotherName_isNamed(String there, String remedy) throws IOException {
    Files.move(files.image("a"), files.image("a").resolveSibling(there));
    assertMessage(
        files::open,
        files.image("a")
            + ": expected an image, as "
            + files.list()
            + " names it, got nothing; "
            + remedy);
  }

  @Test
  void open_labelsUnderAnotherName_areNamed() throws IOException {
    Files.move(files.label("b"), files.label("b").resolveSibling("b.PNG"));
    assertMessage(files::open, files.label("b") + ": expected labels", "there is b.PNG; rename it");
    Files.move(files.label("b").resolveSibling("b.PNG"), files.label("b").resolveSibling("b.bmp"));
    assertMessage(files::open, "there is b.bmp; convert it to PNG, and name it so");
  }

  @Test
  void open_namesWithTheirEnding_saysThatItGoes() throws IOException {
    Files.writeString(files.list(), "a.jpg\n");
    assertMessage(
        files::open,
        files.image("a.jpg") + ": expected an image",
        "got nothing; names stand in the list without .jpg");
  }

  @Test
  void open_folderInPlaceOfAnImage_isNamed() throws IOException {
    Files.delete(files.image("a"));
    Files.createDirectory(files.image("a"));
    assertMessage(files::open, files.image("a") + ": expected an image", "got a folder");
  }

  @Test
  void open_invisibleCharacterInAName_isShown() throws IOException {
    Files.writeString(files.list(), "a\u200B\n");
    assertMessage(files::open, "JPEGImages/a\\u200b.jpg: expected an image");
  }

  @Test
  void labelCounts_samples_areCountedByClass() {
    FileDataset dataset = files.open();
    long[] expected = new long[256];
    for (String name : dataset.names()) {
      for (byte label : VocFixture.sample(name, name.equals("a") ? 1 : 2).labels()) {
        expected[label & 0xFF]++;
      }
    }
    LabelCounts counts = dataset.labelCounts();
    assertThat(counts.classes()).isEqualTo(VocFixture.CLASSES);
    assertThat(counts.pixels()).containsExactly(expected[0], expected[1], expected[2]);
    assertThat(counts.ignored()).isEqualTo(expected[255]).isPositive();
    assertThat(dataset.labelCounts()).isSameAs(counts);
  }

  @Test
  void labelCounts_onlyVoid_isRefused() throws IOException {
    for (String name : List.of("a", "b")) {
      VocFixture.writePng(
          files.label(name),
          BufferedImage.TYPE_BYTE_GRAY,
          VocFixture.WIDTH,
          VocFixture.HEIGHT,
          255);
    }
    assertMessage(
        () -> files.open().labelCounts(),
        root.resolve("SegmentationClass")
            + ": expected labels with classes, got only void (255) in all 2 files that "
            + files.list()
            + " names");
  }

  @Test
  void labelCounts_classBeyondTheList_isNamed() throws IOException {
    VocFixture.writePng(files.label("b"), BufferedImage.TYPE_BYTE_GRAY, 40, 30, 7);
    assertMessage(
        () -> files.open().labelCounts(), files.label("b"), "classes 0 to 2 or 255 (void), got 7");
  }

  @Test
  void open_emptyList_isNamed() throws IOException {
    Files.writeString(files.list(), "\n\n");
    assertMessage(files::open, files.list(), "expected at least one name");
  }

  @Test
  void open_blankName_isNamedWithItsLine() throws IOException {
    Files.writeString(files.list(), "a\n \nb\n");
    assertMessage(files::open, files.list(), "line 2", "got \"\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"../a", "/etc/passwd", "x/../a", "..", "x\\a"})
  void open_nameThatLeadsOutOfTheFolder_isRefused(String name) throws IOException {
    Files.writeString(files.list(), name + "\n");
    assertMessage(files::open, files.list(), "line 1", "\"" + name + "\"");
    assertMessage(() -> VocDataset.open(root, name), "split: expected", "\"" + name + "\"");
  }

  @Test
  void open_listThatIsNoText_isNamed() throws IOException {
    Files.write(files.list(), new byte[] {'a', (byte) 0xC3, (byte) 0x28});
    assertMessage(files::open, files.list(), "UTF-8");
  }

  @Test
  void open_missingImageOrLabels_areNamed() throws IOException {
    Files.delete(files.label("b"));
    assertMessage(files::open, files.label("b"), files.list(), "got nothing");
    Files.delete(files.image("a"));
    assertMessage(files::open, files.image("a"), "got nothing");
  }

  @Test
  void open_badClassesFile_isNamed() throws IOException {
    Files.writeString(files.classes(), "background\n\ncat\n");
    assertMessage(files::open, files.classes(), "line 2");
    Files.writeString(files.classes(), "cat\ncat\n");
    assertMessage(files::open, files.classes(), "got one twice");
    Files.writeString(files.classes(), "");
    assertMessage(files::open, files.classes(), "2 to 255 class names, got 0");
  }

  @Test
  void open_negativeCache_isRefused() {
    assertMessage(() -> VocDataset.open(root, "train", -1), "cacheBytes: expected at least 0");
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.02, 0.3, 0.7, 0.9})
  void get_cutFile_isNamed(double keep) throws IOException {
    Path image = files.image("a");
    VocFixture.cut(image, (int) (keep * Files.size(image)));
    assertMessage(() -> files.open().get(0), image, "expected an intact JPEG, got a damaged one");
    Path labels = files.label("b");
    VocFixture.cut(labels, (int) (keep * Files.size(labels)));
    assertMessage(() -> files.open().get(1), labels, "expected an intact PNG, got a damaged one");
  }

  @Test
  void get_anyFlippedBitOfLabels_isNoticed() throws IOException {
    byte[] good = Files.readAllBytes(files.label("a"));
    FileDataset dataset = VocDataset.open(root, "train", 0);
    for (int at = 0; at < good.length; at += 7) {
      byte[] bad = good.clone();
      bad[at] ^= 0x10;
      Files.write(files.label("a"), bad);
      assertMessage(() -> dataset.get(0), files.label("a"), "PNG, got a damaged one");
    }
  }

  @Test
  void get_textInsteadOfImage_isNamed() throws IOException {
    Files.writeString(files.image("a"), "not found");
    assertMessage(() -> files.open().get(0), files.image("a"), "damaged");
  }

  @Test
  void get_labelsOfAnotherSize_areNamed() throws IOException {
    VocFixture.writePng(files.label("a"), BufferedImage.TYPE_BYTE_GRAY, 12, 7, 0);
    assertMessage(() -> files.open().get(0), files.label("a"), "40x30, got 12x7");
  }

  @Test
  void get_imageOnItsSideAndLabelsNot_namesTheTag() throws IOException {
    byte[] jpeg = Files.readAllBytes(files.image("a"));
    byte[] exif = JpegBytes.exif(6, ByteOrder.LITTLE_ENDIAN);
    Files.write(files.image("a"), JpegBytes.with(jpeg, exif));
    assertMessage(
        () -> files.open().get(0),
        files.label("a")
            + ": expected the size of its image, which EXIF tag 274 turns upright (orientation 6),"
            + " 30x40, got 40x30; turn the labels too, or remove the tag");
  }

  @Test
  void get_imageOnItsSideAndUprightLabels_areReadTogether() throws IOException {
    byte[] jpeg = Files.readAllBytes(files.image("a"));
    byte[] exif = JpegBytes.exif(6, ByteOrder.LITTLE_ENDIAN);
    Files.write(files.image("a"), JpegBytes.with(jpeg, exif));
    VocFixture.writePng(files.label("a"), BufferedImage.TYPE_BYTE_GRAY, 30, 40, 1);
    assertThat(files.open().get(0).width()).isEqualTo(30);
    assertThat(files.open().get(0).height()).isEqualTo(40);
  }

  @Test
  void get_classBeyondTheList_isNamed() throws IOException {
    VocFixture.writePng(
        files.label("a"), BufferedImage.TYPE_BYTE_GRAY, VocFixture.WIDTH, VocFixture.HEIGHT, 3);
    assertMessage(
        () -> files.open().get(0), files.label("a"), "classes 0 to 2 or 255 (void), got 3");
  }

  @ParameterizedTest
  @ValueSource(ints = {BufferedImage.TYPE_3BYTE_BGR, BufferedImage.TYPE_USHORT_GRAY})
  void get_labelsInColoursOrOf16Bits_areRefused(int type) throws IOException {
    VocFixture.writePng(files.label("a"), type, VocFixture.WIDTH, VocFixture.HEIGHT, 1);
    assertMessage(
        () -> files.open().get(0), files.label("a"), "expected a palette or 8-bit grey PNG");
  }

  @Test
  void write_nameThatLeadsOutOfTheFolder_isRefused() throws IOException {
    VocWriter writer = new VocWriter(root, VocFixture.CLASSES);
    assertMessage(() -> writer.write(VocFixture.sample("../x", 1)), "name: expected");
    assertMessage(() -> writer.writeSplit("train", List.of("a", "../x")), "name: expected");
  }
}
