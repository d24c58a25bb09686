package org.autoloss.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.bytedeco.pytorch.global.torch.full;
import static org.bytedeco.pytorch.global.torch.ones;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.autoloss.train.TorchThreads;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

/** Gradients of operations of our own, in one graph and in many at once. */
class OwnGradientTest {
  private static final int THREADS = 4;
  private static final long PAUSE = 200_000;
  private static final int STEPS = 300;

  /** Each element multiplied by a factor. */
  private static Tensor multiplied(Tensor input, double factor) {
    try (PointerScope scope = new PointerScope()) {
      Tensor made =
          OwnGradient.attach(
              input,
              input.detach().mul(new Scalar(factor)),
              (flow, last) -> {
                LockSupport.parkNanos(PAUSE); // as an operation takes; others come to their graphs
                return flow.mul(new Scalar(factor)).contiguous();
              });
      made.retainReference(); // and the graph alone holds what it was made of
      return made;
    }
  }

  /** The backward passes of several threads do not meet, however their graphs come and go. */
  @Test
  void attach_backwardOnSeveralThreads_eachHasItsOwnGradient() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(THREADS);
    try {
      List<Future<String>> ends = new ArrayList<>();
      for (int t = 0; t < THREADS; t++) {
        int size = t + 2; // a gradient of another thread has other sizes and values
        ends.add(pool.submit(() -> TorchThreads.single(() -> wrong(size))));
      }
      for (Future<String> end : ends) {
        assertThat(end.get()).isNull();
      }
    } finally {
      pool.shutdownNow();
    }
  }

  /** The first gradient that is not what it should be; null if there is none. */
  private static String wrong(int size) {
    for (int step = 0; step < STEPS; step++) {
      try (PointerScope scope = new PointerScope()) {
        Tensor leaf = full(new long[] {size}, new Scalar((double) step)).set_requires_grad(true);
        Tensor once = multiplied(leaf.mul(new Scalar(3)), size);
        Tensor twice = multiplied(once, size);
        Tensor value = twice.sum();
        once.releaseReference();
        twice.releaseReference();
        if (step % 5 > 0) { // some graphs are dropped
          value.backward();
          Tensor expected = ones(size).mul(new Scalar(3.0 * size * size));
          if (!leaf.grad().equal(expected)) {
            return "step " + step + " of size " + size + ": " + leaf.grad();
          }
        }
      }
    }
    return null;
  }
}
