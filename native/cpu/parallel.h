// Tasks dealt to threads.
#ifndef AUTOLOSS_CPU_PARALLEL_H_
#define AUTOLOSS_CPU_PARALLEL_H_

#include <omp.h>

#include <atomic>
#include <cstdint>

namespace {

/// Runs body(scratch, task) on the tasks from 0 on, one after the other to whichever thread is
/// free; each thread has a scratch of its own, make(number of the thread). One thread goes without
/// OpenMP, whose barriers make a call to the operating system even in a team of one: some 2 us,
/// as long as a small loss.
template <class Make, class Body>
void for_tasks(int threads, int64_t tasks, Make make, Body body) {
  std::atomic<int64_t> next{0};
  // Not inlined: two copies could be vectorised in two ways, and add up in another order.
  const auto work = [&](int thread) __attribute__((noinline)) {
    auto scratch = make(thread);
    for (int64_t task = next++; task < tasks; task = next++) body(scratch, task);
  };
  if (threads == 1) {
    work(0);
    return;
  }
#pragma omp parallel num_threads(threads)
  work(omp_get_thread_num());
}

/// Runs body(task), which needs no scratch.
template <class Body>
void for_tasks(int threads, int64_t tasks, Body body) {
  for_tasks(
      threads, tasks, [](int) { return 0; }, [&](int, int64_t task) { body(task); });
}

}  // namespace

#endif  // AUTOLOSS_CPU_PARALLEL_H_
