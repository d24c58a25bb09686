package org.autoloss.report;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.zip.CRC32C;
import org.autoloss.internal.FileErrors;

/**
 * A file of scalars in TensorBoard's event format.
 *
 * <p>A file is a chain of TFRecords: {@code uint64 length, uint32 crc(length), bytes, uint32
 * crc(bytes)}, little endian, where crc is CRC-32C, rotated right by 15 bits, plus {@code
 * 0xa282ead8}. Each record is a protocol buffer {@code Event}:
 *
 * <pre>
 *   Event   { double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary = 5; }
 *   Summary { repeated Value value = 1; }
 *   Value   { string tag = 1; float simple_value = 2; }</pre>
 *
 * The first event carries the version {@code brain.Event:2}. Four fields of two messages do not
 * need a library of protocol buffers.
 */
final class TensorBoardFile implements Closeable {
  private static final String VERSION = "brain.Event:2";
  private static final int CRC_ROTATION = 15;
  private static final int CRC_DELTA = 0xa282ead8;

  // Wire types of protocol buffers.
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;

  private final Path path;
  private final OutputStream out;

  /** A value and its name. */
  record Scalar(String tag, float value) {}

  private TensorBoardFile(Path path, OutputStream out) {
    this.path = path;
    this.out = out;
  }

  /**
   * Begins the file anew.
   *
   * @param folder where it lies
   * @param created becomes part of its name, by which TensorBoard orders files
   */
  static TensorBoardFile create(Path folder, Instant created) throws IOException {
    Path path = folder.resolve("events.out.tfevents." + created.getEpochSecond() + ".autoloss");
    TensorBoardFile file = new TensorBoardFile(path, open(path));
    Message event = new Message();
    event.number(1, seconds(created));
    event.text(3, VERSION);
    file.record(event.bytes());
    return file;
  }

  private static OutputStream open(Path path) throws IOException {
    try {
      return new BufferedOutputStream(Files.newOutputStream(path));
    } catch (IOException e) {
      throw FileErrors.unwritable(path, e);
    }
  }

  void append(long step, Instant time, List<Scalar> scalars) throws IOException {
    Message summary = new Message();
    for (Scalar scalar : scalars) {
      Message value = new Message();
      value.text(1, scalar.tag());
      value.number(2, scalar.value());
      summary.bytes(1, value.bytes());
    }
    Message event = new Message();
    event.number(1, seconds(time));
    event.whole(2, step);
    event.bytes(5, summary.bytes());
    record(event.bytes());
  }

  void flush() throws IOException {
    try {
      out.flush();
    } catch (IOException e) {
      throw FileErrors.unwritable(path, e);
    }
  }

  @Override
  public void close() throws IOException {
    out.close();
  }

  private void record(byte[] content) throws IOException {
    byte[] length = littleEndian(Long.BYTES).putLong(content.length).array();
    out.write(length);
    out.write(littleEndian(Integer.BYTES).putInt(maskedCrc(length)).array());
    out.write(content);
    out.write(littleEndian(Integer.BYTES).putInt(maskedCrc(content)).array());
  }

  private static int maskedCrc(byte[] content) {
    CRC32C crc = new CRC32C();
    crc.update(content);
    return Integer.rotateRight((int) crc.getValue(), CRC_ROTATION) + CRC_DELTA;
  }

  private static double seconds(Instant time) {
    return time.toEpochMilli() / 1e3;
  }

  private static ByteBuffer littleEndian(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** A protocol buffer under construction. */
  private static final class Message {
    private final ByteArrayOutputStream content = new ByteArrayOutputStream();

    void number(int field, double value) {
      key(field, FIXED64);
      content.writeBytes(littleEndian(Double.BYTES).putDouble(value).array());
    }

    void number(int field, float value) {
      key(field, FIXED32);
      content.writeBytes(littleEndian(Float.BYTES).putFloat(value).array());
    }

    void whole(int field, long value) {
      key(field, VARINT);
      varint(value);
    }

    void text(int field, String value) {
      bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    void bytes(int field, byte[] value) {
      key(field, BYTES);
      varint(value.length);
      content.writeBytes(value);
    }

    byte[] bytes() {
      return content.toByteArray();
    }

    private void key(int field, int wireType) {
      varint((long) field << 3 | wireType);
    }

    // Seven bits at a time, the lowest first; the eighth says that more follow.
    private void varint(long value) {
      long rest = value;
      while ((rest & ~0x7fL) != 0) {
        content.write((int) (rest & 0x7f | 0x80));
        rest >>>= 7;
      }
      content.write((int) rest);
    }
  }
}
