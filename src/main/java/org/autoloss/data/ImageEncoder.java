package org.autoloss.data;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * Makes JPEG images and PNG labels, in memory as a whole, so that no temporary file of ImageIO is
 * left anywhere.
 */
final class ImageEncoder {
  private ImageEncoder() {}

  static void writeJpeg(Path file, ImageFiles.Pixels pixels, float quality) throws IOException {
    BufferedImage image =
        new BufferedImage(pixels.width(), pixels.height(), BufferedImage.TYPE_3BYTE_BGR);
    image.getRaster().setPixels(0, 0, pixels.width(), pixels.height(), unsigned(pixels.bytes()));
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ImageWriteParam parameters = writer.getDefaultWriteParam();
    parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
    parameters.setCompressionQuality(quality);
    Files.write(file, encode(writer, image, parameters));
  }

  static byte[] labelsPng(ImageFiles.Pixels pixels) throws IOException {
    BufferedImage image =
        new BufferedImage(
            pixels.width(), pixels.height(), BufferedImage.TYPE_BYTE_INDEXED, VocColours.palette());
    image.getRaster().setDataElements(0, 0, pixels.width(), pixels.height(), pixels.bytes());
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

  private static int[] unsigned(byte[] bytes) {
    int[] values = new int[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      values[i] = bytes[i] & 0xFF;
    }
    return values;
  }
}
