package org.autoloss.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.bytedeco.pytorch.global.torch.randint;
import static org.bytedeco.pytorch.global.torch.randn;

import java.util.concurrent.atomic.AtomicLong;
import org.autoloss.global.ops;
import org.autoloss.internal.Natives;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

/** What native code reads of a batch. */
class LogitsBatchTest {
  private static final Shape SHAPE = new Shape(2, 3, 5, 7);

  static {
    Natives.loadKernels();
  }

  @Test
  void run_batchOfGpu_everyFieldIsAsGiven() {
    try (FloatPointer logits = new FloatPointer(8);
        LongPointer labels = new LongPointer(8);
        Pointer stream = new BytePointer(8)) {
      new LogitsBatch(
              SHAPE, logits, ops.LOGIT_BFLOAT16, labels, LabelType.INT64, 4, new Pointer(stream))
          .run(
              b -> {
                assertThat(b.logits()).isEqualTo(new Pointer(logits));
                assertThat(b.labels()).isEqualTo(new Pointer(labels));
                assertThat(b.stream()).isEqualTo(stream);
                assertThat(new long[] {b.n(), b.c(), b.h(), b.w()}).containsExactly(2, 3, 5, 7);
                assertThat(b.logit_type()).isEqualTo(ops.LOGIT_BFLOAT16);
                assertThat(b.label_type()).isEqualTo(ops.LABEL_INT64);
                assertThat(b.device()).isEqualTo(4);
              });
    }
  }

  @Test
  void run_batchWithoutLogitsAfterOneWithThem_nothingIsLeftOver() {
    try (FloatPointer logits = new FloatPointer(8);
        BytePointer labels = new BytePointer(8)) {
      LogitsBatch.onCpu(SHAPE, logits, null, LabelType.INT32).run(b -> {});
      LogitsBatch.onCpu(SHAPE, null, labels, LabelType.UINT8)
          .run(
              b -> {
                assertThat(b.logits()).isNull();
                assertThat(b.stream()).isNull();
                assertThat(b.device()).isNegative();
                assertThat(b.label_type()).isEqualTo(ops.LABEL_UINT8);
              });
    }
  }

  @Test
  void run_pointerAtAnotherPosition_memoryBeginsThere() {
    try (FloatPointer logits = new FloatPointer(8)) {
      long address = logits.address();
      LogitsBatch.onCpu(SHAPE, logits.position(3), null, LabelType.INT32)
          .run(b -> assertThat(b.logits().address()).isEqualTo(address + 3 * Float.BYTES));
    }
  }

  @Test
  void of_viewThatStandsForMinusItsMemory_readsWhatItStandsFor() {
    try (PointerScope scope = new PointerScope();
        Loss loss = Loss.parse("dice")) {
      Tensor view = randn(1, 3, 4, 4)._neg_view();
      Tensor labels = randint(3, new long[] {1, 4, 4}).to(ScalarType.Byte);
      float expected = loss.apply(view.clone().resolve_neg(), labels).item_float();
      assertThat(loss.apply(view, labels).item_float()).isEqualTo(expected);
      assertThat(loss.apply(view.resolve_neg().neg(), labels).item_float()).isNotEqualTo(expected);
    }
  }

  @Test
  void run_otherThread_hasMemoryOfItsOwn() throws InterruptedException {
    LogitsBatch batch = LogitsBatch.onCpu(SHAPE, null, null, LabelType.INT32);
    AtomicLong theirs = new AtomicLong();
    Thread other = new Thread(() -> batch.run(b -> theirs.set(b.address())));
    other.start();
    other.join();
    batch.run(b -> assertThat(b.address()).isNotZero().isNotEqualTo(theirs.get()));
  }

  @Test
  void run_afterAScopeThatClosed_memoryIsStillThere() {
    AtomicLong first = new AtomicLong();
    LogitsBatch batch = LogitsBatch.onCpu(SHAPE, null, null, LabelType.INT32);
    try (PointerScope scope = new PointerScope()) {
      batch.run(b -> first.set(b.address()));
    }
    batch.run(b -> assertThat(b.address()).isNotZero().isEqualTo(first.get()));
  }
}
