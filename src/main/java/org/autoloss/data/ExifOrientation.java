package org.autoloss.data;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * How an image lies in its file: tag 274 of EXIF (CIPA DC-008, 4.6.4 A). Labels are drawn on the
 * upright image.
 *
 * @param value 1 for upright; 2 to 4 are mirrored or turned by 180 degrees, 5 to 8 lie on a side
 */
record ExifOrientation(int value) {
  static final ExifOrientation UPRIGHT = new ExifOrientation(1);

  private static final int TAG = 274;
  private static final int SHORT = 3;
  private static final int LONG = 4;
  private static final int ENTRY_BYTES = 12;

  /**
   * The orientation that an EXIF block tells.
   *
   * @param tiff the block behind "Exif"
   * @return upright where it tells none, or a value that has no meaning
   */
  static ExifOrientation of(byte[] tiff) {
    try {
      int value = read(ByteBuffer.wrap(tiff));
      return value >= 1 && value <= 8 ? new ExifOrientation(value) : UPRIGHT;
    } catch (BufferUnderflowException | IllegalArgumentException | IndexOutOfBoundsException e) {
      return UPRIGHT; // an offset leads out of the block
    }
  }

  private static int read(ByteBuffer in) {
    in.order(in.getShort(0) == 0x4949 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    in.position(in.getInt(4));
    int entries = in.getShort() & 0xFFFF;
    for (int i = 0; i < entries; i++) {
      int entry = in.position();
      if ((in.getShort() & 0xFFFF) == TAG) {
        int type = in.getShort();
        int value = entry + 8;
        return type == SHORT ? in.getShort(value) : type == LONG ? in.getInt(value) : 1;
      }
      in.position(entry + ENTRY_BYTES);
    }
    return 1;
  }

  /** Whether width and height change places. */
  boolean onASide() {
    return value >= 5;
  }

  /**
   * The upright image.
   *
   * @param image as it lies in the file, 3 bytes a pixel
   * @return the same object where nothing is to be done
   */
  ImageFiles.Pixels upright(ImageFiles.Pixels image) {
    if (value == 1) {
      return image;
    }
    int width = onASide() ? image.height() : image.width();
    int height = onASide() ? image.width() : image.height();
    boolean flipX = value == 2 || value == 3 || value == 7 || value == 8;
    boolean flipY = value == 3 || value == 4 || value == 6 || value == 7;
    byte[] bytes = new byte[image.bytes().length];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int fromX = onASide() ? y : x;
        int fromY = onASide() ? x : y;
        fromX = flipX ? image.width() - 1 - fromX : fromX;
        fromY = flipY ? image.height() - 1 - fromY : fromY;
        System.arraycopy(
            image.bytes(), 3 * (fromY * image.width() + fromX), bytes, 3 * (y * width + x), 3);
      }
    }
    return new ImageFiles.Pixels(width, height, bytes);
  }
}
