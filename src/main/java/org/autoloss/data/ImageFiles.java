package org.autoloss.data;

import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.autoloss.internal.InputFiles;

/**
 * Reads JPEG images and PNG labels.
 *
 * <p>Both go through memory as a whole, so that no temporary file of ImageIO is left anywhere.
 */
final class ImageFiles {
  /** An image of more pixels than this is taken for a damaged header. */
  private static final long MAX_PIXELS = 200_000_000;

  private static final int MAX_BYTES = 256 << 20;

  /** What decoding takes beside the file: two rasters of three channels, and room to work. */
  private static final long BYTES_PER_PIXEL = 8;

  private ImageFiles() {}

  /** Interleaved bytes: 3 per pixel of an image, 1 of labels. */
  record Pixels(int width, int height, byte[] bytes) {}

  /**
   * Reads an image and turns it upright, as its EXIF orientation says.
   *
   * @throws IllegalArgumentException if it is damaged, too large, or neither RGB nor grey
   */
  static Pixels readJpeg(Path file) {
    JpegSegments jpeg = segments(file);
    Raster raster = decode(file, jpeg);
    byte[] samples = samples(raster);
    byte[] rgb = raster.getNumBands() == 3 ? samples : greyToRgb(samples);
    return jpeg.orientation().upright(new Pixels(raster.getWidth(), raster.getHeight(), rgb));
  }

  /** How an image lies in its file. */
  static ExifOrientation orientation(Path file) {
    return segments(file).orientation();
  }

  private static JpegSegments segments(Path file) {
    byte[] bytes = bytes(file);
    requireFormat(file, bytes, ImageFormat.JPEG);
    try {
      JpegSegments jpeg = JpegSegments.of(bytes);
      jpeg.obstacle()
          .ifPresent(
              got -> {
                throw new IllegalArgumentException(
                    file
                        + ": expected an 8-bit RGB or grey JPEG, baseline or progressive, got "
                        + got
                        + "; convert it");
              });
      return jpeg;
    } catch (IOException e) {
      throw damaged(file, ImageFormat.JPEG, e.getMessage());
    }
  }

  // A profile is no pixel data: one that is damaged does not make the image so.
  private static Raster decode(Path file, JpegSegments jpeg) {
    if (jpeg.hasProfile()) {
      try {
        return decode(file, ImageFormat.JPEG, jpeg.forImageIo(true));
      } catch (IllegalArgumentException e) {
        // What else may be wrong shows below.
      }
    }
    return decode(file, ImageFormat.JPEG, jpeg.forImageIo(false));
  }

  /**
   * Reads class indices.
   *
   * @throws IllegalArgumentException if the file is damaged, too large, or holds colours
   */
  static Pixels readLabels(Path file) {
    byte[] bytes = bytes(file);
    requireFormat(file, bytes, ImageFormat.PNG);
    PngChunks.damage(bytes)
        .ifPresent(
            why -> {
              throw damaged(file, ImageFormat.PNG, why);
            });
    Raster raster = decode(file, ImageFormat.PNG, PngChunks.withoutTransparentGrey(bytes));
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

  /** The content of a file, whatever it is. */
  static byte[] bytes(Path file) {
    return InputFiles.bytes(file, "an image", MAX_BYTES);
  }

  private static void requireFormat(Path file, byte[] bytes, ImageFormat expected) {
    ImageFormat.of(bytes)
        .filter(format -> format != expected)
        .ifPresent(
            other -> {
              throw new IllegalArgumentException(
                  file + ": expected a " + expected + ", got a " + other + "; convert it");
            });
  }

  // The raster as the file has it: BufferedImage.getRGB would put grey values through a gamma curve
  // and palette indices through the palette.
  private static Raster decode(Path file, ImageFormat format, byte[] bytes) {
    ImageReader reader = ImageIO.getImageReadersByFormatName(format.name()).next();
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
      requireRoom(reader.getWidth(0), reader.getHeight(0));
      BufferedImage image = reader.read(0);
      if (!damage.isEmpty()) {
        throw new IOException(damage.get(0));
      }
      return image.getRaster();
    } catch (NoRoomException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
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

  private static void requireRoom(int width, int height) throws IOException {
    long pixels = (long) width * height;
    if (pixels > MAX_PIXELS) {
      throw new IOException("its header claims " + pixels + " pixels");
    }
    if (pixels * BYTES_PER_PIXEL > Runtime.getRuntime().maxMemory()) {
      throw new NoRoomException(width, height);
    }
  }

  private static final class NoRoomException extends IOException {
    private static final long serialVersionUID = 1;

    NoRoomException(int width, int height) {
      super(
          "expected an image that fits into memory, got one of "
              + width
              + "x"
              + height
              + "; scale it down, or give Java more memory (-Xmx)");
    }
  }

  private static IllegalArgumentException damaged(Path file, ImageFormat format, String why) {
    return new IllegalArgumentException(
        file
            + ": expected an intact "
            + format
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
}
