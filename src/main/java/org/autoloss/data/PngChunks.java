package org.autoloss.data;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.CRC32;

/**
 * The chunks of a PNG file. ImageIO does not compare their checksums, so that a flipped bit could
 * turn into another class; and it makes a second channel of a transparent grey.
 *
 * <p>The file is a signature and chunks of length, type, content and checksum (ISO/IEC 15948,
 * section 5).
 */
final class PngChunks {
  private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
  private static final int IEND = 0x49454E44;
  private static final int TRNS = 0x74524E53;
  private static final int COLOUR_TYPE = 25; // in the first chunk, IHDR
  private static final int GREY = 0;
  private static final int TYPE_BYTES = 4;
  private static final int CHECKSUM_BYTES = 4;

  private PngChunks() {}

  /** What is wrong with a file, or nothing. What follows the last chunk does not matter. */
  static Optional<String> damage(byte[] file) {
    if (!Arrays.equals(file, 0, Math.min(file.length, SIGNATURE.length), SIGNATURE, 0, 8)) {
      return Optional.of("it does not begin like a PNG");
    }
    ByteBuffer buffer = ByteBuffer.wrap(file).position(SIGNATURE.length);
    int type = 0;
    while (type != IEND) {
      if (buffer.remaining() < Integer.BYTES + TYPE_BYTES + CHECKSUM_BYTES) {
        return Optional.of("it ends early");
      }
      int length = buffer.getInt();
      if (length < 0 || length > buffer.remaining() - TYPE_BYTES - CHECKSUM_BYTES) {
        return Optional.of("it ends early");
      }
      type = buffer.getInt(buffer.position());
      CRC32 checksum = new CRC32();
      checksum.update(file, buffer.position(), TYPE_BYTES + length);
      buffer.position(buffer.position() + TYPE_BYTES + length);
      if (buffer.getInt() != (int) checksum.getValue()) {
        return Optional.of("a checksum is wrong");
      }
    }
    return Optional.empty();
  }

  /**
   * The same file without the chunk that makes a grey value transparent; a class is a class,
   * whether it is shown or not.
   *
   * @param file without damage
   * @return the same array where there is no such chunk
   */
  static byte[] withoutTransparentGrey(byte[] file) {
    if (file.length <= COLOUR_TYPE || file[COLOUR_TYPE] != GREY) {
      return file;
    }
    ByteBuffer buffer = ByteBuffer.wrap(file).position(SIGNATURE.length);
    for (int type = 0; type != IEND; ) {
      int start = buffer.position();
      int end = start + Integer.BYTES + TYPE_BYTES + buffer.getInt() + CHECKSUM_BYTES;
      type = buffer.getInt();
      if (type == TRNS) {
        byte[] rest = new byte[file.length - (end - start)];
        System.arraycopy(file, 0, rest, 0, start);
        System.arraycopy(file, end, rest, start, file.length - end);
        return rest;
      }
      buffer.position(end);
    }
    return file;
  }
}
