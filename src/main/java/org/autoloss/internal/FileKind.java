package org.autoloss.internal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** What lies at a path, for messages about files that are not what was expected. */
public final class FileKind {
  /** A file that begins like a checkpoint of ours. */
  public static final String CHECKPOINT = "a checkpoint of AutoLoss";

  /** A file that begins like safetensors. */
  public static final String SAFETENSORS = "a safetensors file";

  /** A zip archive; those of PyTorch's {@code torch.save} among them. */
  public static final String ZIP = "a zip archive";

  /** A pickle of Python's; what {@code torch.save} wrote before it wrote archives among them. */
  public static final String PICKLE = "a Python pickle";

  private static final int HEAD = 512;
  private static final int LONGEST_SAFETENSORS_HEADER = 100_000_000;
  private static final Map<String, String> BEGINNINGS = new LinkedHashMap<>();

  static {
    BEGINNINGS.put("ALCKPT\r\n", CHECKPOINT);
    BEGINNINGS.put("\u0089PNG", "a PNG image");
    BEGINNINGS.put("\u00FF\u00D8\u00FF", "a JPEG image");
    BEGINNINGS.put("\u0093NUMPY", "a NumPy array");
    BEGINNINGS.put("SQLite format 3\0", "an SQLite database");
    BEGINNINGS.put("PK\3\4", ZIP);
    BEGINNINGS.put("\u001F\u008B", "a gzip archive");
    BEGINNINGS.put("%PDF", "a PDF document");
    BEGINNINGS.put("\u007FELF", "a program or library");
    BEGINNINGS.put("\u0089HDF", "an HDF5 file");
    BEGINNINGS.put("\u0080\u0002", PICKLE);
    BEGINNINGS.put("version https://git-lfs", "a Git LFS pointer (git lfs pull fetches the file)");
    BEGINNINGS.put("{", "a JSON object");
    BEGINNINGS.put("<", "an HTML or XML document");
  }

  private FileKind() {}

  /**
   * Says what lies at a path.
   *
   * @param file the path
   * @return a part of a sentence, such as {@code nothing}, {@code a folder}, {@code a PNG image}
   */
  public static String of(Path file) {
    if (Files.isDirectory(file)) {
      return "a folder";
    }
    if (!Files.exists(file)) {
      return Files.isSymbolicLink(file) ? "a link to nothing" : "nothing";
    }
    if (!Files.isRegularFile(file)) {
      return "a device or a pipe";
    }
    try (InputStream in = Files.newInputStream(file)) {
      return of(in.readNBytes(HEAD));
    } catch (AccessDeniedException e) {
      return "a file without permission to read it";
    } catch (IOException e) {
      return "a file that cannot be read (" + e.getMessage() + ")";
    }
  }

  private static String of(byte[] head) {
    if (head.length == 0) {
      return "an empty file";
    }
    String text = new String(head, StandardCharsets.ISO_8859_1);
    for (Map.Entry<String, String> known : BEGINNINGS.entrySet()) {
      if (text.startsWith(known.getKey())) {
        return known.getValue();
      }
    }
    if (isSafetensors(head)) {
      return SAFETENSORS;
    }
    return isText(head) ? "a text file" : "a file of another kind";
  }

  private static boolean isSafetensors(byte[] head) {
    if (head.length < Long.BYTES + 2 || head[Long.BYTES] != '{') {
      return false;
    }
    long length = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).getLong();
    return length >= 2 && length <= LONGEST_SAFETENSORS_HEADER;
  }

  private static boolean isText(byte[] head) {
    for (byte b : head) {
      if (b >= 0 && b < ' ' && "\t\n\r\f".indexOf(b) < 0) {
        return false;
      }
    }
    return true;
  }
}
