package org.autoloss.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.Test;

/** Who frees the result of a computation, and what it leaves behind. */
class ScopedTest {
  private IntPointer onTheWay;

  private FloatPointer made() {
    return Scoped.result(
        () -> {
          onTheWay = new IntPointer(1);
          return new FloatPointer(1);
        });
  }

  @Test
  void result_inAScope_endsWithItAndNotBefore() {
    FloatPointer result;
    try (PointerScope scope = new PointerScope()) {
      result = made();
      assertThat(onTheWay.isNull()).isTrue();
      assertThat(result.isNull()).isFalse();
      assertThat(result.referenceCount()).isEqualTo(1);
    }
    assertThat(result.isNull()).isTrue();
  }

  @Test
  void result_withoutAScope_isTheCallersToClose() {
    FloatPointer result = made();
    assertThat(onTheWay.isNull()).isTrue();
    assertThat(result.isNull()).isFalse();
    result.close();
    assertThat(result.isNull()).isTrue();
  }

  @Test
  @SuppressWarnings("unchecked") // an array of classes of one type
  void result_scopeForOtherTypes_belongsToTheOneAroundIt() {
    FloatPointer result;
    try (PointerScope outer = new PointerScope()) {
      try (PointerScope inner = new PointerScope(IntPointer.class)) {
        result = made();
      }
      assertThat(result.isNull()).isFalse();
    }
    assertThat(result.isNull()).isTrue();
  }

  @Test
  void result_computationFails_leavesNothingBehind() {
    assertThatThrownBy(
            () ->
                Scoped.result(
                    () -> {
                      onTheWay = new IntPointer(1);
                      throw new IllegalStateException("on the way");
                    }))
        .hasMessage("on the way");
    assertThat(onTheWay.isNull()).isTrue();
    assertThat(PointerScope.getInnerScope()).isNull();
  }
}
