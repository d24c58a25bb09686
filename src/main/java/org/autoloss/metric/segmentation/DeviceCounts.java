package org.autoloss.metric.segmentation;

import static org.bytedeco.pytorch.global.torch.zeros;

import java.util.function.Consumer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Counts of a batch, made where the batch is, and added to those of the data set. */
final class DeviceCounts {
  private DeviceCounts() {}

  /**
   * Adds what an operation counts on the CPU.
   *
   * @param counts the sums so far
   * @param operation adds to the sums that it is given
   */
  static void add(long[] counts, Consumer<LongPointer> operation) {
    try (LongPointer memory = new LongPointer(counts)) {
      operation.accept(memory);
      memory.get(counts);
    }
  }

  /**
   * Adds what an operation counts on a device. Waits for it.
   *
   * @param counts the sums so far
   * @param batch a tensor of the batch, whose device it is
   * @param operation adds to the zeros that it is given, memory of that device
   */
  static void add(long[] counts, Tensor batch, Consumer<LongPointer> operation) {
    try (PointerScope scope = new PointerScope()) {
      Tensor there =
          zeros(
              new long[] {counts.length},
              batch.options().dtype(new ScalarTypeOptional(ScalarType.Long)));
      operation.accept(there.data_ptr_long());
      LongPointer here = there.cpu().data_ptr_long();
      for (int i = 0; i < counts.length; i++) {
        counts[i] += here.get(i);
      }
    }
  }
}
