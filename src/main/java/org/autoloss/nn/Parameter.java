package org.autoloss.nn;

import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;

/**
 * A named tensor of a network: trained, or a buffer that only goes with the weights, such as a
 * running mean. It has values once the network's {@link Parameters} have memory.
 */
public final class Parameter implements Scope.Entry {
  private final String name;
  private final long[] shape;
  private final int count;
  private final int offset;
  private final Initial initial;
  private final boolean trained;
  private Tensor tensor;
  private boolean frozen;

  Parameter(String name, long[] shape, int offset, Initial initial, boolean trained) {
    this.name = name;
    this.shape = shape;
    this.offset = offset;
    this.initial = initial;
    this.trained = trained;
    int size = 1;
    for (long extent : shape) {
      size = Math.multiplyExact(size, Math.toIntExact(extent));
    }
    count = size;
  }

  /**
   * Its name in the state_dict.
   *
   * @return such as {@code backbone.conv1.weight}
   */
  @Override
  public String name() {
    return name;
  }

  /**
   * Its sizes.
   *
   * @return a copy
   */
  public long[] shape() {
    return shape.clone();
  }

  /**
   * How many values it has.
   *
   * @return the product of its sizes
   */
  public int count() {
    return count;
  }

  /**
   * Whether an optimiser may change it.
   *
   * @return false for buffers
   */
  public boolean trained() {
    return trained;
  }

  /**
   * Whether it stays as it is in trainings.
   *
   * @return true after {@link Parameters#freeze} of a part that it belongs to
   */
  public boolean frozen() {
    return frozen;
  }

  /**
   * Its values.
   *
   * @return a view of the network's memory, owned by the network
   * @throws IllegalStateException if the network has no memory yet
   */
  public Tensor tensor() {
    if (tensor == null) {
      throw new IllegalStateException(name + ": expected a network with memory, got a declaration");
    }
    return tensor;
  }

  /**
   * Its values on the heap.
   *
   * @return a copy, row-major
   */
  public float[] toArray() {
    return FloatArrays.read(tensor());
  }

  @Override
  public boolean fits(TensorData given) {
    return given.type().isReal() && Arrays.equals(given.shape(), shape);
  }

  /** Overwrites its values. */
  void set(float[] values) {
    FloatArrays.write(tensor(), values);
  }

  TensorOptional optional() {
    return new TensorOptional(tensor());
  }

  /** Whether weight decay applies where norms and biases are spared. */
  boolean isMatrix() {
    return shape.length > 1;
  }

  /** Where it begins in the flat tensor of its kind, and what addresses its first values. */
  int offset() {
    return offset;
  }

  Initial initial() {
    return initial;
  }

  void place(Tensor view) {
    tensor = view;
  }

  void freeze() {
    frozen = true;
  }

  /** Whether a name belongs to a part of a network. */
  static boolean isUnder(String part, String name) {
    return name.equals(part) || name.startsWith(part + ".");
  }
}
