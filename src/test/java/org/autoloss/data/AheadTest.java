package org.autoloss.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AheadTest {
  @Test
  void get_inTurn_givesWhatTheSourceMakesWhateverTheThreads() {
    for (int threads = 1; threads <= 4; threads++) {
      List<Long> got = new ArrayList<>();
      try (Ahead<Long> ahead = new Ahead<>(i -> i * i, threads, 50)) {
        LongStream.range(0, 60).forEach(i -> got.add(ahead.get(i)));
      }
      assertThat(got).isEqualTo(LongStream.range(0, 60).map(i -> i * i).boxed().toList());
    }
  }

  @Test
  void get_oneThread_makesOneAfterTheOtherAndNoneBeyondTheEnd() {
    List<Long> made = Collections.synchronizedList(new ArrayList<>());
    try (Ahead<Long> ahead =
        new Ahead<>(
            i -> {
              made.add(i);
              return i;
            },
            1,
            5)) {
      LongStream.range(0, 5).forEach(ahead::get);
    }
    assertThat(made).containsExactly(0L, 1L, 2L, 3L, 4L);
  }

  @Test
  void get_whileTheCallerIsBusy_theNextIsMade() throws InterruptedException {
    CountDownLatch second = new CountDownLatch(1);
    try (Ahead<Long> ahead =
        new Ahead<>(
            i -> {
              if (i == 1) {
                second.countDown();
              }
              return i;
            },
            1,
            10)) {
      ahead.get(0);
      assertThat(second.await(30, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void get_afterAJump_dropsWhatWasMadeInVain() {
    AtomicInteger made = new AtomicInteger();
    try (Ahead<Long> ahead =
        new Ahead<>(
            i -> {
              made.incrementAndGet();
              return i;
            },
            2,
            1000)) {
      assertThat(ahead.get(3)).isEqualTo(3);
      assertThat(ahead.get(500)).isEqualTo(500);
      assertThat(ahead.get(4)).isEqualTo(4);
    }
    assertThat(made.get()).isLessThanOrEqualTo(9);
  }

  @Test
  void get_sourceThrows_throwsTheSame() {
    IllegalArgumentException damaged = new IllegalArgumentException("x.jpg: damaged");
    try (Ahead<Long> ahead =
        new Ahead<>(
            i -> {
              if (i == 2) {
                throw damaged;
              }
              return i;
            },
            1,
            10)) {
      ahead.get(0);
      ahead.get(1);
      assertThatThrownBy(() -> ahead.get(2)).isSameAs(damaged);
    }
  }

  @Test
  void get_interruptedWhileItWaits_saysSo() {
    CountDownLatch never = new CountDownLatch(1);
    try (Ahead<Long> ahead = new Ahead<>(i -> i + awaitQuietly(never), 1, 10)) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> ahead.get(0))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("training: interrupted");
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  private static long awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return 0;
  }
}
