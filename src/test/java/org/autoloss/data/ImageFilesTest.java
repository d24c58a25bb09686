package org.autoloss.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageFilesTest {
  @TempDir private Path folder;
  private Path file;
  private byte[] plain;
  private ImageFiles.Pixels expected;

  @BeforeEach
  void writePlain() throws IOException {
    VocFixture files = VocFixture.in(folder);
    file = files.image("a");
    plain = Files.readAllBytes(file);
    expected = ImageFiles.readJpeg(file);
  }

  private ImageFiles.Pixels read(byte[] jpeg) throws IOException {
    Files.write(file, jpeg);
    return ImageFiles.readJpeg(file);
  }

  private static void assertSame(ImageFiles.Pixels got, ImageFiles.Pixels expected) {
    assertThat(got.width()).isEqualTo(expected.width());
    assertThat(got.height()).isEqualTo(expected.height());
    assertThat(got.bytes()).isEqualTo(expected.bytes());
  }

  private void assertRefused(byte[] jpeg, String rest) throws IOException {
    Files.write(file, jpeg);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ImageFiles.readJpeg(file))
        .withMessage(file + ": expected " + rest);
  }

  static Stream<byte[]> ordinary() throws IOException {
    return Stream.of(
        encoded(BufferedImage.TYPE_3BYTE_BGR, false),
        encoded(BufferedImage.TYPE_3BYTE_BGR, true),
        encoded(BufferedImage.TYPE_BYTE_GRAY, false),
        JpegBytes.with(
            encoded(BufferedImage.TYPE_3BYTE_BGR, false),
            JpegBytes.profile(ICC_Profile.getInstance(ColorSpace.CS_sRGB).getData(), 1, 1)),
        JpegBytes.with(
            encoded(BufferedImage.TYPE_3BYTE_BGR, false),
            JpegBytes.profile(ICC_Profile.getInstance(ColorSpace.CS_LINEAR_RGB).getData(), 1, 1)),
        JpegBytes.with(
            JpegBytes.withoutJfif(encoded(BufferedImage.TYPE_3BYTE_BGR, false)),
            JpegBytes.adobe(0)));
  }

  /** A colourful picture whose sizes are no multiple of a block. */
  private static byte[] encoded(int type, boolean progressive) throws IOException {
    BufferedImage image = new BufferedImage(43, 29, type);
    for (int i = 0; i < 43 * 29; i++) {
      int colour = (6 * (i % 43)) << 16 | (8 * (i / 43)) << 8 | (i * 37 & 127);
      image.setRGB(i % 43, i / 43, colour);
    }
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ImageWriteParam parameters = writer.getDefaultWriteParam();
    parameters.setProgressiveMode(
        progressive ? ImageWriteParam.MODE_DEFAULT : ImageWriteParam.MODE_DISABLED);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      writer.setOutput(out);
      writer.write(null, new IIOImage(image, null, null), parameters);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }

  @ParameterizedTest
  @MethodSource("ordinary")
  void readJpeg_ordinaryFile_givesWhatImageIoGives(byte[] jpeg) throws IOException {
    ImageFiles.Pixels got = read(jpeg);
    var raster = ImageIO.read(file.toFile()).getRaster();
    int[] bare = raster.getPixels(0, 0, raster.getWidth(), raster.getHeight(), (int[]) null);
    int bands = raster.getNumBands();
    byte[] rgb = new byte[got.bytes().length];
    IntStream.range(0, rgb.length).forEach(i -> rgb[i] = (byte) bare[bands == 3 ? i : i / 3]);
    assertThat(got.width()).isEqualTo(43);
    assertThat(got.height()).isEqualTo(29);
    assertThat(got.bytes()).isEqualTo(rgb);
  }

  @Test
  void readJpeg_channelsNamed012WithoutMarker_areYCbCr() throws IOException {
    try (InputStream in = ImageFilesTest.class.getResourceAsStream("ids-0-1-2.jpg")) {
      byte[] rgb = read(in.readAllBytes()).bytes();
      // as libjpeg-turbo (Pillow 12.3) reads it
      int at = 3 * (20 * 64 + 30);
      assertThat(new int[] {rgb[at], rgb[at + 1], rgb[at + 2]}).containsExactly(120, 100, 101);
      assertThat(IntStream.range(0, rgb.length).map(i -> rgb[i] & 0xFF).sum()).isEqualTo(1086108);
    }
  }

  @Test
  void readJpeg_profileThatLacksAPart_readsThePixels() throws IOException {
    byte[] profile = ICC_Profile.getInstance(ColorSpace.CS_sRGB).getData();
    assertSame(read(JpegBytes.with(plain, JpegBytes.profile(profile, 1, 2))), expected);
    byte[] twice =
        JpegBytes.with(
            JpegBytes.with(plain, JpegBytes.profile(profile, 1, 1)),
            JpegBytes.profile(profile, 1, 1));
    assertSame(read(twice), expected);
  }

  @Test
  void readJpeg_profileThatIsNone_readsThePixels() throws IOException {
    byte[] profile = ICC_Profile.getInstance(ColorSpace.CS_sRGB).getData();
    byte[] ofFourInks = profile.clone();
    System.arraycopy("CMYK".getBytes("ASCII"), 0, ofFourInks, 16, 4);
    for (byte[] bad : new byte[][] {new byte[200], Arrays.copyOf(profile, 300), ofFourInks}) {
      assertSame(read(JpegBytes.with(plain, JpegBytes.profile(bad, 1, 1))), expected);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 7})
  void readJpeg_adobeMarkerBesideJfif_hasNoSay(int transform) throws IOException {
    assertSame(read(JpegBytes.with(plain, JpegBytes.adobe(transform))), expected);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7})
  void readJpeg_adobeMarkerAlone_isYCbCrUnlessZero(int transform) throws IOException {
    byte[] bare = JpegBytes.withoutJfif(plain);
    assertSame(read(JpegBytes.with(bare, JpegBytes.adobe(transform))), expected);
  }

  @Test
  void readJpeg_strayBytesBetweenSegments_areSkipped() throws IOException {
    assertSame(read(JpegBytes.with(plain, new byte[] {0, 1, 2, (byte) 0xFF})), expected);
  }

  @Test
  void readJpeg_anyOrientation_standsUpright() throws IOException {
    // quarter turns clockwise, and whether the mirror comes before, as CIPA DC-008 draws them
    int[] turns = {0, 0, 2, 2, 3, 1, 1, 3};
    boolean[] mirrored = {false, true, false, true, true, false, true, false};
    for (int orientation = 1; orientation <= 8; orientation++) {
      ImageFiles.Pixels turned = mirrored[orientation - 1] ? mirrored(expected) : expected;
      for (int i = 0; i < turns[orientation - 1]; i++) {
        turned = quarterTurn(turned);
      }
      for (ByteOrder order : new ByteOrder[] {ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN}) {
        byte[] jpeg = JpegBytes.with(plain, JpegBytes.exif(orientation, order));
        assertSame(read(jpeg), turned);
      }
    }
  }

  private static ImageFiles.Pixels mirrored(ImageFiles.Pixels image) {
    byte[] bytes = new byte[image.bytes().length];
    for (int y = 0; y < image.height(); y++) {
      for (int x = 0; x < image.width(); x++) {
        copy(image, x, y, bytes, y * image.width() + image.width() - 1 - x);
      }
    }
    return new ImageFiles.Pixels(image.width(), image.height(), bytes);
  }

  private static ImageFiles.Pixels quarterTurn(ImageFiles.Pixels image) {
    byte[] bytes = new byte[image.bytes().length];
    for (int y = 0; y < image.height(); y++) {
      for (int x = 0; x < image.width(); x++) {
        copy(image, x, y, bytes, x * image.height() + image.height() - 1 - y);
      }
    }
    return new ImageFiles.Pixels(image.height(), image.width(), bytes);
  }

  private static void copy(ImageFiles.Pixels from, int x, int y, byte[] to, int pixel) {
    System.arraycopy(from.bytes(), 3 * (y * from.width() + x), to, 3 * pixel, 3);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 9, 255, 0xFFFF})
  void readJpeg_orientationWithoutMeaning_isUpright(int orientation) throws IOException {
    byte[] exif = JpegBytes.exif(orientation, ByteOrder.BIG_ENDIAN);
    assertSame(read(JpegBytes.with(plain, exif)), expected);
  }

  @Test
  void readJpeg_exifCutAnywhere_isUprightOrTurned() throws IOException {
    byte[] whole = JpegBytes.exif(3, ByteOrder.LITTLE_ENDIAN);
    ImageFiles.Pixels turned = quarterTurn(quarterTurn(expected));
    for (int length = 0; length < whole.length - 10; length++) {
      byte[] cut = JpegBytes.exif(Arrays.copyOfRange(whole, 10, 10 + length));
      // the entry of the orientation ends behind 8 + 2 + 2 * 12 bytes, its value two before
      assertSame(read(JpegBytes.with(plain, cut)), length >= 32 ? turned : expected);
    }
  }

  @Test
  void readJpeg_exifWhoseOffsetLeadsOut_isUpright() throws IOException {
    for (int offset : new int[] {-1, Integer.MIN_VALUE, Integer.MAX_VALUE, 0, 60_000}) {
      byte[] tiff = ByteBuffer.allocate(40).putInt(0x4D4D002A).putInt(offset).array();
      assertSame(read(JpegBytes.with(plain, JpegBytes.exif(tiff))), expected);
    }
  }

  @Test
  void readJpeg_whatImageIoCannotDecode_isNamed() throws IOException {
    String wanted = "an 8-bit RGB or grey JPEG, baseline or progressive, got ";
    int frame = JpegBytes.find(plain, 0xC0);
    byte[] arithmetic = plain.clone();
    arithmetic[frame + 1] = (byte) 0xC9;
    assertRefused(arithmetic, wanted + "one with lossless or arithmetic coding; convert it");
    byte[] deep = plain.clone();
    deep[frame + 4] = 12;
    assertRefused(deep, wanted + "12 bits a channel; convert it");
    byte[] inks = plain.clone();
    inks[frame + 9] = 2;
    assertRefused(inks, wanted + "2 channels; convert it");
  }

  @Test
  void readJpeg_frameThatLies_isDamaged() throws IOException {
    int frame = JpegBytes.find(plain, 0xC0);
    byte[] many = plain.clone();
    many[frame + 9] = 77;
    assertRefused(
        many, "an intact JPEG, got a damaged one (its frame ends early); restore the file");
    byte[] large = plain.clone();
    Arrays.fill(large, frame + 5, frame + 9, (byte) 0xF0);
    assertRefused(
        large,
        "an intact JPEG, got a damaged one (its header claims 3804422400 pixels); restore the"
            + " file");
  }

  @Test
  void readJpeg_otherFormatUnderItsName_isNamed() throws IOException {
    assertRefused(Files.readAllBytes(labelFile()), "a JPEG, got a PNG; convert it");
    assertRefused("RIFF....WEBPVP8".getBytes("ASCII"), "a JPEG, got a WEBP; convert it");
  }

  @Test
  void readJpeg_threeGibibytes_isRefusedBeforeItIsRead() throws IOException {
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(3L << 30);
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ImageFiles.readJpeg(file))
        .withMessageContaining(file + ": expected")
        .withMessageContaining("of at most 256 MiB, got 3072 MiB");
  }

  private Path labelFile() {
    return new VocFixture(folder).label("a");
  }

  @Test
  void readLabels_jpegUnderItsName_isNamed() throws IOException {
    Files.write(labelFile(), plain);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ImageFiles.readLabels(labelFile()))
        .withMessage(labelFile() + ": expected a PNG, got a JPEG; convert it");
  }

  @Test
  void readLabels_greyWithATransparentValue_readsValuesAsClasses() throws IOException {
    VocFixture.writePng(
        labelFile(), BufferedImage.TYPE_BYTE_GRAY, VocFixture.WIDTH, VocFixture.HEIGHT, 2);
    byte[] png = Files.readAllBytes(labelFile());
    byte[] transparent = {0, 0, 0, 2, 't', 'R', 'N', 'S', 0, 2};
    CRC32 checksum = new CRC32();
    checksum.update(transparent, 4, 6);
    ByteBuffer with = ByteBuffer.allocate(png.length + 14).put(png, 0, 33).put(transparent);
    with.putInt((int) checksum.getValue()).put(png, 33, png.length - 33);
    Files.write(labelFile(), with.array());
    assertThat(ImageIO.read(labelFile().toFile()).getRaster().getNumBands()).isEqualTo(2);
    assertThat(ImageFiles.readLabels(labelFile()).bytes()).hasSize(1200).containsOnly(2);
  }
}
