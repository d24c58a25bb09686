package org.autoloss.metric.segmentation;

import static org.bytedeco.pytorch.global.torch.zeros;

import java.util.function.BiConsumer;
import org.autoloss.global.ops;
import org.autoloss.loss.LogitsBatch;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Counts of a batch, made where the batch is, and added to those of the data set. */
final class DeviceCounts {
  private DeviceCounts() {}

  /**
   * Adds what an operation counts, where the batch is. On a GPU it waits for it.
   *
   * @param counts the sums so far
   * @param batch what is counted
   * @param operation adds to the sums that it is given, in the batch's memory
   */
  static void add(long[] counts, LogitsBatch batch, BiConsumer<ops.Batch, LongPointer> operation) {
    if (batch.onGpu()) {
      addFrom(device(batch), counts, batch, operation);
      return;
    }
    try (LongPointer memory = new LongPointer(counts)) {
      batch.run(b -> operation.accept(b, memory));
      memory.get(counts);
    }
  }

  /** Adds what is counted in a tensor of a device, and read back from there. */
  static void addFrom(
      Device device,
      long[] counts,
      LogitsBatch batch,
      BiConsumer<ops.Batch, LongPointer> operation) {
    try (PointerScope scope = new PointerScope()) {
      Tensor there = zeros(new long[] {counts.length}, options(device, ScalarType.Long));
      LongPointer memory = there.data_ptr_long();
      batch.run(b -> operation.accept(b, memory));
      LongPointer here = there.cpu().data_ptr_long();
      for (int i = 0; i < counts.length; i++) {
        counts[i] += here.get(i);
      }
    }
  }

  /** The GPU that a batch is on. */
  static Device device(LogitsBatch batch) {
    return new Device("cuda:" + batch.device());
  }

  /** Of tensors on a device. */
  static TensorOptions options(Device device, ScalarType type) {
    return new TensorOptions(device).dtype(new ScalarTypeOptional(type));
  }
}
