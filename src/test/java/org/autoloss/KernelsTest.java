package org.autoloss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class KernelsTest {
  @AfterEach
  void restoreDefaults() {
    Kernels.setThreads(0);
    Kernels.setInstructionSet("auto");
  }

  @Test
  void setThreads_anyNumber_isKeptUntilReset() {
    int before = Kernels.threads();
    Kernels.setThreads(3);
    assertThat(Kernels.threads()).isEqualTo(3);
    Kernels.setThreads(0);
    assertThat(Kernels.threads()).isEqualTo(before);
    assertThatThrownBy(() -> Kernels.setThreads(-1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("threads: expected 0 (default) or more, got -1");
  }

  @Test
  void setInstructionSet_knownOrNot_isUsedOrRefused() {
    Kernels.setInstructionSet("baseline");
    assertThat(Kernels.instructionSet()).isEqualTo("baseline");
    assertThatThrownBy(() -> Kernels.setInstructionSet("mmx"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("isa: expected auto, baseline, avx2 or avx512, got 'mmx'");
  }
}
