package org.autoloss.nn;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.autoloss.internal.FileKind;

/**
 * Named tensors at rest, such as PyTorch's {@code state_dict}. Immutable.
 *
 * <p>Files are written as safetensors: the length of a header (64 bits, little-endian), the header,
 * JSON with the type, sizes and place of each tensor, and the numbers. It is data only: reading a
 * stranger's file runs no code, also if it is PyTorch's. What is read stays in the file until its
 * values are asked for, so that files may be larger than the memory.
 */
public final class StateDict {
  private final Map<String, TensorData> tensors;
  private final Map<String, String> metadata;

  /**
   * Tensors by name.
   *
   * @param tensors in their order; copied
   * @param metadata what else there is to know; copied
   */
  public StateDict(Map<String, TensorData> tensors, Map<String, String> metadata) {
    this.tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
    this.metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
  }

  /**
   * Reads a safetensors file, or one that PyTorch's {@code torch.save} wrote, {@code .pth}, also
   * where the state_dict lies beside other things under a name such as {@code state_dict}.
   *
   * @param file where from; it must stay as it is while values are read
   * @return its tensors, in the file's order
   * @throws IOException if the file cannot be read
   * @throws IllegalArgumentException if it is of another kind or damaged; the message names it
   */
  public static StateDict read(Path file) throws IOException {
    return switch (FileKind.of(file)) {
      case FileKind.CHECKPOINT -> Checkpoint.read(file).state(); // of version 1
      case FileKind.ZIP -> PyTorchFile.readZip(file);
      case FileKind.PICKLE -> PyTorchFile.readLegacy(file);
      default -> Safetensors.read(file);
    };
  }

  /**
   * Whether a file looks like one that {@link #read} reads, from its first bytes.
   *
   * @param file any path
   * @return false for other files, and where there is none
   */
  public static boolean isWeights(Path file) {
    return Set.of(FileKind.CHECKPOINT, FileKind.SAFETENSORS, FileKind.ZIP, FileKind.PICKLE)
        .contains(FileKind.of(file));
  }

  /**
   * Writes a safetensors file, whole or not at all.
   *
   * @param file where to; replaced if it exists
   * @throws IOException if it cannot be written, or a tensor cannot be read
   */
  public void write(Path file) throws IOException {
    Safetensors.write(file, this);
  }

  /**
   * The tensors.
   *
   * @return by name, in their order; not modifiable
   */
  public Map<String, TensorData> tensors() {
    return tensors;
  }

  /**
   * A tensor.
   *
   * @param name which
   * @return the tensor
   * @throws IllegalArgumentException if there is none of that name
   */
  public TensorData get(String name) {
    TensorData tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException("expected a tensor " + name + ", got none");
    }
    return tensor;
  }

  /**
   * What else there is to know.
   *
   * @return texts by name; not modifiable
   */
  public Map<String, String> metadata() {
    return metadata;
  }

  /**
   * The same tensors with other metadata.
   *
   * @param replacement texts by name
   * @return a new object that shares this one's tensors
   */
  public StateDict withMetadata(Map<String, String> replacement) {
    return new StateDict(tensors, replacement);
  }
}
