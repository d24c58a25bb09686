package org.autoloss.metric.segmentation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.bytedeco.pytorch.global.torch.ones;

import org.autoloss.internal.Libtorch;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
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
      Tensor batch = ones(2, 3);
      for (int time = 0; time < 2; time++) {
        DeviceCounts.add(
            counts,
            batch,
            memory -> {
              for (int i = 0; i < 3; i++) {
                memory.put(i, memory.get(i) + i + 1);
              }
            });
      }
    }
    assertThat(counts).containsExactly(7, 4, (1L << 40) + 6);
  }
}
