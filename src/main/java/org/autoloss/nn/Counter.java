package org.autoloss.nn;

/** A whole number that goes with a network's weights: how many batches a norm has seen. */
public final class Counter implements Scope.Entry {
  private final String name;
  private long value;

  /** Whether a file's tensor is a counter, also one that its network has not. */
  static boolean isName(String name) {
    return name.endsWith("num_batches_tracked");
  }

  Counter(String name) {
    this.name = name;
  }

  /**
   * Its name in the state_dict.
   *
   * @return such as {@code bn1.num_batches_tracked}
   */
  @Override
  public String name() {
    return name;
  }

  /**
   * The number.
   *
   * @return 0 or more
   */
  public long value() {
    return value;
  }

  @Override
  public boolean fits(TensorData given) {
    return !given.type().isReal() && given.count() == 1;
  }

  /** Counts one more. */
  public void increment() {
    value++;
  }

  void set(long number) {
    value = number;
  }
}
