package org.autoloss.data;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Changes the segments of a JPEG file, for tests. */
public final class JpegBytes {
  private static final int APP0 = 0xE0;
  private static final int APP1 = 0xE1;
  private static final int APP2 = 0xE2;
  private static final int APP14 = 0xEE;
  private static final int SOS = 0xDA;

  private JpegBytes() {}

  /** Puts a segment behind the start of the image. */
  public static byte[] with(byte[] jpeg, byte[] segment) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(jpeg, 0, 2);
    out.writeBytes(segment);
    out.write(jpeg, 2, jpeg.length - 2);
    return out.toByteArray();
  }

  /** The same file without the marker that says that its channels are YCbCr. */
  public static byte[] withoutJfif(byte[] jpeg) {
    int at = find(jpeg, APP0);
    int end = at + 2 + (jpeg[at + 2] << 8 | jpeg[at + 3] & 0xFF);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(jpeg, 0, at);
    out.write(jpeg, end, jpeg.length - end);
    return out.toByteArray();
  }

  /** Where a segment begins, before the scan. */
  public static int find(byte[] jpeg, int marker) {
    int at = 2;
    while ((jpeg[at + 1] & 0xFF) != marker) {
      if ((jpeg[at + 1] & 0xFF) == SOS) {
        throw new IllegalArgumentException("no segment " + marker);
      }
      at += 2 + ((jpeg[at + 2] & 0xFF) << 8 | jpeg[at + 3] & 0xFF);
    }
    return at;
  }

  /** Adobe's marker. */
  public static byte[] adobe(int transform) {
    ByteBuffer content = ByteBuffer.allocate(12).put(ascii("Adobe")).putShort((short) 100);
    return segment(APP14, content.putInt(0).put((byte) transform).array());
  }

  /** A part of a colour profile. */
  public static byte[] profile(byte[] part, int number, int of) {
    ByteBuffer content = ByteBuffer.allocate(14 + part.length).put(ascii("ICC_PROFILE\0"));
    return segment(APP2, content.put((byte) number).put((byte) of).put(part).array());
  }

  /** EXIF with an entry before the orientation and one behind it. */
  public static byte[] exif(int orientation, ByteOrder order) {
    ByteBuffer tiff = ByteBuffer.allocate(8 + 2 + 3 * 12 + 4).order(order);
    tiff.putShort((short) (order == ByteOrder.LITTLE_ENDIAN ? 0x4949 : 0x4D4D));
    tiff.putShort((short) 42).putInt(8).putShort((short) 3);
    entry(tiff, 256, 40);
    entry(tiff, 274, orientation);
    entry(tiff, 296, 2);
    return exif(tiff.array());
  }

  /** EXIF of any content. */
  public static byte[] exif(byte[] tiff) {
    ByteBuffer content = ByteBuffer.allocate(6 + tiff.length).put(ascii("Exif\0\0")).put(tiff);
    return segment(APP1, content.array());
  }

  private static void entry(ByteBuffer tiff, int tag, int value) {
    tiff.putShort((short) tag).putShort((short) 3).putInt(1);
    tiff.putShort((short) value).putShort((short) 0);
  }

  private static byte[] segment(int marker, byte[] content) {
    return ByteBuffer.allocate(4 + content.length)
        .put((byte) 0xFF)
        .put((byte) marker)
        .putShort((short) (2 + content.length))
        .put(content)
        .array();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
