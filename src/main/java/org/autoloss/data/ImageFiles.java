package org.autoloss.data;

import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageInputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * JPEG images and PNG labels on disk.
 *
 * <p>Both go through memory as a whole, so that no temporary file of ImageIO is left anywhere.
 */
final class ImageFiles {
  /** An image of more pixels than this is taken for a damaged header. */
  private static final long MAX_PIXELS = 200_000_000;

  private ImageFiles() {}

  /** Interleaved bytes: 3 per pixel of an image, 1 of labels. */
  record Pixels(int width, int height, byte[] bytes) {}

  static Pixels readJpeg(Path file) {
    Raster raster = decode(file, "jpeg", bytes(file)).getRaster();
    int bands = raster.getNumBands();
    if (bands != 1 && bands != 3) {
      throw new IllegalArgumentException(
          file + ": expected an RGB or grey JPEG, got " + bands + " channels; convert it to RGB");
    }
    byte[] samples = samples(raster);
    return new Pixels(
        raster.getWidth(), raster.getHeight(), bands == 3 ? samples : greyToRgb(samples));
  }

  static Pixels readLabels(Path file) {
    byte[] bytes = bytes(file);
    PngCheck.damage(bytes)
        .ifPresent(
            why -> {
              throw damaged(file, "png", why);
            });
    Raster raster = decode(file, "png", bytes).getRaster();
    if (raster.getNumBands() != 1 || raster.getSampleModel().getSampleSize(0) > 8) {
      throw new IllegalArgumentException(
          file
              + ": expected a palette or 8-bit grey PNG whose values are class indices, got "
              + raster.getNumBands()
              + " channel(s) of "
              + raster.getSampleModel().getSampleSize(0)
              + " bits; convert its colours to indices");
    }
    return new Pixels(raster.getWidth(), raster.getHeight(), samples(raster));
  }

  static void writeJpeg(Path file, Pixels pixels, float quality) throws IOException {
    BufferedImage image =
        new BufferedImage(pixels.width, pixels.height, BufferedImage.TYPE_3BYTE_BGR);
    image.getRaster().setPixels(0, 0, pixels.width, pixels.height, unsigned(pixels.bytes));
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ImageWriteParam parameters = writer.getDefaultWriteParam();
    parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
    parameters.setCompressionQuality(quality);
    Files.write(file, encode(writer, image, parameters));
  }

  static void writeLabels(Path file, Pixels pixels) throws IOException {
    Files.write(file, labelsPng(pixels));
  }

  static byte[] labelsPng(Pixels pixels) throws IOException {
    BufferedImage image =
        new BufferedImage(
            pixels.width, pixels.height, BufferedImage.TYPE_BYTE_INDEXED, VocColours.palette());
    image.getRaster().setDataElements(0, 0, pixels.width, pixels.height, pixels.bytes);
    return png(image);
  }

  static byte[] png(BufferedImage image) throws IOException {
    return encode(ImageIO.getImageWritersByFormatName("png").next(), image, null);
  }

  private static byte[] encode(ImageWriter writer, BufferedImage image, ImageWriteParam parameters)
      throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      writer.setOutput(out);
      writer.write(null, new IIOImage(image, null, null), parameters);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }

  static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          file + ": expected a readable file, got " + e + "; restore it", e);
    }
  }

  // The raster as the file has it: BufferedImage.getRGB would put grey values through a gamma curve
  // and palette indices through the palette.
  private static BufferedImage decode(Path file, String format, byte[] bytes) {
    ImageReader reader = ImageIO.getImageReadersByFormatName(format).next();
    List<String> damage = new ArrayList<>();
    reader.addIIOReadWarningListener(
        (source, warning) -> {
          if (tellsDamage(warning)) {
            damage.add(warning);
          }
        });
    try (MemoryCacheImageInputStream in =
        new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
      reader.setInput(in, true, true);
      checkSize(file, (long) reader.getWidth(0) * reader.getHeight(0));
      BufferedImage image = reader.read(0);
      if (!damage.isEmpty()) {
        throw new IOException(damage.get(0));
      }
      return image;
    } catch (IOException | RuntimeException e) {
      // ImageIO's readers answer some damaged files with unchecked exceptions.
      throw damaged(file, format, e.getMessage() == null ? e.toString() : e.getMessage());
    } finally {
      reader.dispose();
    }
  }

  // libjpeg paints what is missing grey and only warns. Stray bytes between markers are harmless.
  private static boolean tellsDamage(String warning) {
    return (warning.startsWith("Corrupt") && !warning.contains("extraneous"))
        || warning.startsWith("Premature")
        || warning.startsWith("Truncated");
  }

  private static void checkSize(Path file, long pixels) throws IOException {
    if (pixels > MAX_PIXELS) {
      throw new IOException("its header claims " + pixels + " pixels");
    }
  }

  private static IllegalArgumentException damaged(Path file, String format, String why) {
    return new IllegalArgumentException(
        file
            + ": expected an intact "
            + (format.equals("png") ? "PNG" : "JPEG")
            + ", got a damaged one ("
            + why
            + "); restore the file");
  }

  private static byte[] samples(Raster raster) {
    int width = raster.getWidth();
    int perRow = width * raster.getNumBands();
    byte[] bytes = new byte[perRow * raster.getHeight()];
    int[] row = new int[perRow];
    for (int y = 0; y < raster.getHeight(); y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
      for (int i = 0; i < perRow; i++) {
        bytes[y * perRow + i] = (byte) row[i];
      }
    }
    return bytes;
  }

  private static byte[] greyToRgb(byte[] grey) {
    byte[] rgb = new byte[3 * grey.length];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = grey[i / 3];
    }
    return rgb;
  }

  private static int[] unsigned(byte[] bytes) {
    int[] values = new int[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      values[i] = bytes[i] & 0xFF;
    }
    return values;
  }
}
