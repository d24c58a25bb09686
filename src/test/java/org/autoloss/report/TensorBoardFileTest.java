package org.autoloss.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The file against a reader that is written from the format's description alone. */
class TensorBoardFileTest {
  @TempDir private Path folder;

  /** A protocol buffer's fields by number: a Long, or an array of bytes. */
  private static final class Fields extends LinkedHashMap<Integer, Object> {
    private static final long serialVersionUID = 1;

    static Fields of(byte[] message) {
      Fields fields = new Fields();
      ByteBuffer in = ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN);
      while (in.hasRemaining()) {
        long key = varint(in);
        fields.put((int) (key >> 3), value(in, (int) (key & 7)));
      }
      return fields;
    }

    private static Object value(ByteBuffer in, int wireType) {
      return switch (wireType) {
        case 0 -> varint(in);
        case 1 -> in.getLong();
        case 5 -> (long) in.getInt();
        default -> {
          byte[] bytes = new byte[(int) varint(in)];
          in.get(bytes);
          yield bytes;
        }
      };
    }

    private static long varint(ByteBuffer in) {
      long value = 0;
      for (int shift = 0; ; shift += 7) {
        byte part = in.get();
        value |= (long) (part & 0x7f) << shift;
        if (part >= 0) {
          return value;
        }
      }
    }

    byte[] bytes(int field) {
      return (byte[]) get(field);
    }

    long number(int field) {
      return (Long) get(field);
    }
  }

  /** CRC-32C bit by bit (polynomial 0x1EDC6F41, reflected), masked as TensorFlow does. */
  private static int maskedCrc(byte[] bytes) {
    int crc = ~0;
    for (byte b : bytes) {
      crc ^= b & 0xff;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc >>> 1) ^ ((crc & 1) == 0 ? 0 : 0x82f63b78);
      }
    }
    crc = ~crc;
    return ((crc >>> 15) | (crc << 17)) + 0xa282ead8;
  }

  private static List<Fields> events(Path file) throws IOException {
    ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    List<Fields> events = new ArrayList<>();
    while (in.hasRemaining()) {
      byte[] length = new byte[8];
      in.get(length);
      assertThat(in.getInt()).isEqualTo(maskedCrc(length));
      byte[] content =
          new byte[(int) ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong()];
      in.get(content);
      assertThat(in.getInt()).isEqualTo(maskedCrc(content));
      events.add(Fields.of(content));
    }
    return events;
  }

  @Test
  void append_scalars_areReadBackWithStepsTimesAndChecksums() throws IOException {
    Instant created = Instant.ofEpochMilli(1_795_518_000_250L);
    try (TensorBoardFile file = TensorBoardFile.create(folder, created)) {
      file.append(0, created, List.of(new TensorBoardFile.Scalar("proxy/mIoU", 0.25f)));
      file.append(
          300,
          created.plusMillis(500),
          List.of(new TensorBoardFile.Scalar("a", -1.5f), new TensorBoardFile.Scalar("ü", 3e38f)));
    }
    Path path;
    try (Stream<Path> files = Files.list(folder)) {
      path = files.findFirst().orElseThrow();
    }
    assertThat(path.getFileName().toString()).startsWith("events.out.tfevents.1795518000");
    List<Fields> events = events(path);
    assertThat(events).hasSize(3);
    assertThat(text(events.get(0).bytes(3))).isEqualTo("brain.Event:2");
    assertThat(Double.longBitsToDouble(events.get(0).number(1))).isEqualTo(1_795_518_000.25);
    assertThat(events.get(1).number(2)).isZero();
    assertThat(scalar(events.get(1).bytes(5))).isEqualTo(Map.entry("proxy/mIoU", 0.25f));
    assertThat(events.get(2).number(2)).isEqualTo(300);
    assertThat(Double.longBitsToDouble(events.get(2).number(1))).isEqualTo(1_795_518_000.75);
    // Fields keeps the last of a repeated one.
    assertThat(scalar(events.get(2).bytes(5))).isEqualTo(Map.entry("ü", 3e38f));
  }

  private static Map.Entry<String, Float> scalar(byte[] summary) {
    Fields value = Fields.of(Fields.of(summary).bytes(1));
    return Map.entry(text(value.bytes(1)), Float.intBitsToFloat((int) value.number(2)));
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
