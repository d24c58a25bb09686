package org.autoloss.data;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
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
    return readJpeg(file, bytes(file));
  }

  private static Pixels readJpeg(Path file, byte[] bytes) {
    JpegSegments jpeg = segments(file, bytes);
    Raster raster = decode(file, jpeg);
    byte[] samples = samples(raster);
    byte[] rgb = raster.getNumBands() == 3 ? samples : greyToRgb(samples);
    return jpeg.orientation().upright(new Pixels(raster.getWidth(), raster.getHeight(), rgb));
  }

  /**
   * Reads an image, a JPEG or a PNG by its content. PNGs lie as they lie; their transparency is
   * left out.
   *
   * @throws IllegalArgumentException if it is damaged, too large, or of more than 8 bits
   */
  static Pixels readImage(Path file) {
    byte[] bytes = bytes(file);
    return isPng(bytes) ? readPng(file, bytes) : readJpeg(file, bytes);
  }

  private static boolean isPng(byte[] bytes) {
    return ImageFormat.of(bytes).filter(format -> format == ImageFormat.PNG).isPresent();
  }

  private static Pixels readPng(Path file, byte[] bytes) {
    requireIntactPng(file, bytes);
    BufferedImage image = decode(file, ImageFormat.PNG, bytes);
    int bits = image.getColorModel().getComponentSize(0);
    if (bits > 8) {
      throw new IllegalArgumentException(
          file + ": expected a PNG of 8 bits a channel, got one of " + bits + "; convert it");
    }
    return new Pixels(image.getWidth(), image.getHeight(), colours(image));
  }

  /** Three bytes a pixel, of palettes and greys too. */
  private static byte[] colours(BufferedImage image) {
    if (image.getColorModel() instanceof IndexColorModel palette) {
      return throughPalette(samples(image.getRaster()), palette);
    }
    byte[] samples = samples(image.getRaster());
    int bands = image.getRaster().getNumBands();
    byte[] rgb = new byte[3 * (samples.length / bands)];
    int last = bands >= 3 ? 2 : 0; // grey stands for all three
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = samples[i / 3 * bands + Math.min(i % 3, last)];
    }
    return rgb;
  }

  private static byte[] throughPalette(byte[] indices, IndexColorModel palette) {
    byte[] rgb = new byte[3 * indices.length];
    for (int i = 0; i < indices.length; i++) {
      int colour = palette.getRGB(indices[i] & 0xFF);
      rgb[3 * i] = (byte) (colour >> 16);
      rgb[3 * i + 1] = (byte) (colour >> 8);
      rgb[3 * i + 2] = (byte) colour;
    }
    return rgb;
  }

  /** How an image lies in its file. */
  static ExifOrientation orientation(Path file) {
    byte[] bytes = bytes(file);
    return isPng(bytes) ? ExifOrientation.UPRIGHT : segments(file, bytes).orientation();
  }

  private static JpegSegments segments(Path file, byte[] bytes) {
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
        return decode(file, ImageFormat.JPEG, jpeg.forImageIo(true)).getRaster();
      } catch (IllegalArgumentException e) {
        // What else may be wrong shows below.
      }
    }
    return decode(file, ImageFormat.JPEG, jpeg.forImageIo(false)).getRaster();
  }

  /**
   * Reads class indices.
   *
   * @throws IllegalArgumentException if the file is damaged, too large, or holds colours
   */
  static Pixels readLabels(Path file) {
    byte[] bytes = bytes(file);
    requireFormat(file, bytes, ImageFormat.PNG);
    requireIntactPng(file, bytes);
    Raster raster =
        decode(file, ImageFormat.PNG, PngChunks.withoutTransparentGrey(bytes)).getRaster();
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

  private static void requireIntactPng(Path file, byte[] bytes) {
    PngChunks.damage(bytes)
        .ifPresent(
            why -> {
              throw damaged(file, ImageFormat.PNG, why);
            });
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
  private static BufferedImage decode(Path file, ImageFormat format, byte[] bytes) {
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
      return image;
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
