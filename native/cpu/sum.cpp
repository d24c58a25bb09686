// Weighted sums of gradients: bound by memory, so one loop for every instruction set.
#include <algorithm>

#include "autoloss/ops.h"
#include "common/checks.h"
#include "parallel.h"
#include "runtime.h"

namespace autoloss {
namespace {

/// Numbers that a thread takes at a time.
constexpr int64_t kPart = 1 << 16;

}  // namespace

void add_weighted(double weight, const float* from, double own, float* to, int64_t count) {
  if (count <= 0) return;
  check_pointer("to", to);
  const float a = static_cast<float>(own), b = static_cast<float>(weight);
  for_tasks(threads_for(count), (count + kPart - 1) / kPart, [&](int64_t part) {
    const int64_t first = part * kPart, last = std::min(count, first + kPart);
    if (from == nullptr) {
      for (int64_t i = first; i < last; ++i) to[i] *= a;
    } else {
#pragma GCC ivdep
      for (int64_t i = first; i < last; ++i) to[i] = a * to[i] + b * from[i];
    }
  });
}

}  // namespace autoloss
