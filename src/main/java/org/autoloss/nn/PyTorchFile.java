package org.autoloss.nn;

import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * Files of PyTorch's {@code torch.save}, {@code .pth} or {@code .pt}, that hold a state_dict: zip
 * archives (since version 1.6), and what came before, pickles one behind the other.
 *
 * <p>Nothing in a file is executed: see {@link Pickle} and {@link PyTorchTensors}. Numbers stay in
 * the file until they are asked for.
 */
final class PyTorchFile {
  private static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
  private static final long LEGACY = 1001;
  private static final String PICKLE = "data.pkl";
  // The pickle of a network of a thousand tensors has some 100 KB.
  private static final int LONGEST_PICKLE = 16 << 20;
  // Under which names training scripts keep the state_dict beside other things.
  private static final List<String> WRAPPERS =
      List.of("state_dict", "model", "model_state_dict", "state_dict_ema", "module", "network");

  private PyTorchFile() {}

  /** A part of a file. */
  private record Range(Path file, long begin, long bytes) implements PyTorchTensors.Section {
    @Override
    public InputStream open(long from) throws IOException {
      return Channels.newInputStream(FileChannel.open(file).position(begin + from));
    }
  }

  /** An entry of an archive. */
  private record Stored(Path file, String name, long bytes) implements PyTorchTensors.Section {
    @Override
    public InputStream open(long from) throws IOException {
      ZipFile zip = new ZipFile(file.toFile());
      try {
        InputStream in = zip.getInputStream(new ZipEntry(name));
        in.skipNBytes(from);
        return new FilterInputStream(in) {
          @Override
          public int read(byte[] bytes, int offset, int length) throws IOException {
            try {
              return super.read(bytes, offset, length);
            } catch (ZipException e) {
              throw damaged(file, e.getMessage(), e);
            }
          }

          @Override
          public void close() throws IOException {
            zip.close(); // and with it all its streams
          }
        };
      } catch (ZipException | EOFException e) {
        zip.close();
        throw damaged(file, e.getMessage(), e);
      } catch (IOException | RuntimeException e) {
        zip.close();
        throw e;
      }
    }
  }

  static StateDict readZip(Path file) throws IOException {
    try (ZipFile zip = new ZipFile(file.toFile())) {
      ZipEntry pickle = pickle(zip);
      String name = pickle.getName();
      String folder = name.substring(0, name.length() - PICKLE.length());
      requireLittleEndian(zip, folder);
      PyTorchTensors tensors = new PyTorchTensors();
      Object root = Pickle.read(ByteBuffer.wrap(bytes(zip, pickle)), tensors);
      return PyTorchTensors.read(
          file.toString(), stateDict(root), key -> stored(zip, file, folder + "data/" + key));
    } catch (ZipException | EOFException e) {
      throw damaged(file, "expected a zip archive, got " + e.getMessage(), e);
    } catch (IllegalArgumentException e) {
      throw damaged(file, e.getMessage(), e);
    }
  }

  private static ZipEntry pickle(ZipFile zip) {
    return zip.stream()
        .filter(entry -> entry.getName().equals(PICKLE) || entry.getName().endsWith("/" + PICKLE))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "expected an archive that PyTorch's torch.save wrote, got one without "
                        + PICKLE));
  }

  private static byte[] bytes(ZipFile zip, ZipEntry entry) throws IOException {
    try (InputStream in = zip.getInputStream(entry)) {
      byte[] bytes = in.readNBytes(LONGEST_PICKLE + 1);
      if (bytes.length > LONGEST_PICKLE) {
        throw new IllegalArgumentException(
            "expected a pickle of at most " + LONGEST_PICKLE + " bytes, got a longer one");
      }
      return bytes;
    }
  }

  private static void requireLittleEndian(ZipFile zip, String folder) throws IOException {
    ZipEntry order = zip.getEntry(folder + "byteorder");
    if (order != null) {
      String text = new String(bytes(zip, order), StandardCharsets.US_ASCII);
      if (!text.strip().equals("little")) {
        throw bigEndian();
      }
    }
  }

  // PyTorch stores without compression, so an archive is as large as what it holds.
  private static Optional<PyTorchTensors.Section> stored(ZipFile zip, Path file, String name) {
    ZipEntry entry = zip.getEntry(name);
    if (entry != null && entry.getMethod() != ZipEntry.STORED) {
      throw new IllegalArgumentException("expected an archive without compression");
    }
    return Optional.ofNullable(entry).map(found -> new Stored(file, name, found.getSize()));
  }

  static StateDict readLegacy(Path file) throws IOException {
    try (FileChannel in = FileChannel.open(file)) {
      ByteBuffer head = ByteBuffer.allocate((int) Math.min(in.size(), LONGEST_PICKLE));
      fill(in, head);
      PyTorchTensors tensors = new PyTorchTensors();
      requireTorch(Pickle.read(head, tensors), Pickle.read(head, tensors));
      if (Pickle.read(head, tensors) instanceof Map<?, ?> system
          && Boolean.FALSE.equals(system.get("little_endian"))) {
        throw bigEndian();
      }
      Object root = Pickle.read(head, tensors);
      Object keys = Pickle.read(head, tensors);
      Map<String, Range> ranges = ranges(file, in.position(head.position()), tensors, keys);
      return PyTorchTensors.read(
          file.toString(), stateDict(root), key -> Optional.ofNullable(ranges.get(key)));
    } catch (IllegalArgumentException e) {
      throw damaged(file, e.getMessage(), e);
    }
  }

  private static void requireTorch(Object magic, Object version) {
    if (!MAGIC.equals(magic) || !Long.valueOf(LEGACY).equals(version)) {
      throw new IllegalArgumentException(
          "expected what PyTorch's torch.save writes, got another pickle");
    }
  }

  // Behind the keys, for each of them: how many numbers its storage has, 64 bits, and the numbers.
  private static Map<String, Range> ranges(
      Path file, FileChannel in, PyTorchTensors tensors, Object keys) throws IOException {
    Map<String, Range> ranges = new HashMap<>();
    for (Object key : keys instanceof List<?> list ? list : List.of()) {
      int width =
          tensors
              .type(String.valueOf(key))
              .orElseThrow(() -> new IllegalArgumentException("expected storages of known types"))
              .bytes();
      ByteBuffer count = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      fill(in, count);
      if (count.remaining() < Long.BYTES) {
        throw new IllegalArgumentException("it ends before its last storage");
      }
      long numbers = count.getLong();
      if (numbers < 0 || numbers > (in.size() - in.position()) / width) {
        throw new IllegalArgumentException("it ends within a storage of " + numbers + " numbers");
      }
      ranges.put((String) key, new Range(file, in.position(), numbers * width));
      in.position(in.position() + numbers * width);
    }
    return ranges;
  }

  private static void fill(FileChannel in, ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining() && in.read(buffer) >= 0) {
      // on, to the end of the buffer or of the file
    }
    buffer.flip();
  }

  private static Map<?, ?> stateDict(Object root) {
    if (root instanceof Map<?, ?> map) {
      if (hasTensors(map)) {
        return map;
      }
      for (String wrapper : WRAPPERS) {
        if (map.get(wrapper) instanceof Map<?, ?> inner && hasTensors(inner)) {
          return inner;
        }
      }
      throw new IllegalArgumentException(
          "expected a state_dict of tensors by name, got a dictionary of "
              + PyTorchTensors.names(map));
    }
    String got = "another value";
    if (root instanceof Pickle.Stranger stranger) {
      got = "an object of " + stranger.type();
    } else if (root instanceof PyTorchTensors.View) {
      got = "a tensor alone";
    }
    throw new IllegalArgumentException(
        "expected a state_dict, got " + got + "; in Python, save its state_dict()");
  }

  private static boolean hasTensors(Map<?, ?> map) {
    return map.values().stream().anyMatch(PyTorchTensors.View.class::isInstance);
  }

  private static IllegalArgumentException bigEndian() {
    return new IllegalArgumentException("expected numbers of little-endian machines, got others");
  }

  private static IllegalArgumentException damaged(Path file, String reason, Exception cause) {
    return new IllegalArgumentException(file + ": it cannot be read as weights: " + reason, cause);
  }
}
