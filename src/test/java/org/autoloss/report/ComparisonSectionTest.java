package org.autoloss.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.autoloss.storage.Entry;
import org.autoloss.storage.Stage;
import org.junit.jupiter.api.Test;

class ComparisonSectionTest {
  private static Entry training(String loss) {
    return new Entry(
        Stage.TEST,
        0,
        0,
        1,
        loss,
        "{}",
        Entry.Origin.NONE,
        new Entry.Outcome("ok", 0.5, Map.of("mIoU", 0.5), 1.0));
  }

  @Test
  void losses_trainedInAnyOrder_areInThatOfTheTable() {
    ComparisonSection section =
        ComparisonSection.of(
            List.of(
                training(Standing.FOUND),
                training("published asl:mIoU"),
                training("cross entropy")));
    assertThat(section.losses())
        .containsExactly("cross entropy", "published asl:mIoU", Standing.FOUND);
  }
}
