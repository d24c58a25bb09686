package org.autoloss.metric.segmentation;

import static org.assertj.core.api.Assertions.assertThat;

import org.autoloss.internal.Libtorch;
import org.autoloss.loss.LabelType;
import org.autoloss.loss.LogitsBatch;
import org.autoloss.loss.Shape;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Device;
import org.junit.jupiter.api.Test;

/** A device's counts, with the CPU in a GPU's place. */
class DeviceCountsTest {
  static {
    Libtorch.load();
  }

  @Test
  void add_operationThatCounts_addsToWhatIsThere() {
    long[] counts = {5, 0, 1L << 40};
    try (PointerScope scope = new PointerScope()) {
      LogitsBatch batch = LogitsBatch.onCpu(new Shape(0, 2, 0, 0), null, null, LabelType.INT32);
      for (int time = 0; time < 2; time++) {
        DeviceCounts.addFrom(
            new Device("cpu"),
            counts,
            batch,
            (there, memory) -> {
              for (int i = 0; i < 3; i++) {
                memory.put(i, memory.get(i) + i + 1);
              }
            });
      }
    }
    assertThat(counts).containsExactly(7, 4, (1L << 40) + 6);
  }
}
