package org.autoloss;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.autoloss.global.ops;

/** The instruction sets that this processor has. */
public final class InstructionSets {
  private InstructionSets() {}

  /** Their names, at least {@code baseline}; leaves the last of them in use. */
  public static List<String> supported() {
    List<String> names = new ArrayList<>();
    for (String isa : new String[] {"baseline", "avx2", "avx512"}) {
      try {
        ops.set_cpu_isa(isa);
        names.add(isa);
      } catch (RuntimeException e) {
        assertThat(e).hasMessageContaining("this processor lacks");
      }
    }
    return names;
  }
}
