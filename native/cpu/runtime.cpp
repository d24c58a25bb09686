#include "runtime.h"

#include <omp.h>

#include <atomic>
#include <stdexcept>
#include <string>

#include "autoloss/ops.h"

namespace autoloss {
namespace {

struct IsaName {
  Isa isa;
  const char* name;
};

constexpr IsaName kIsaNames[] = {
    {Isa::kBaseline, "baseline"}, {Isa::kAvx2, "avx2"}, {Isa::kAvx512, "avx512"}};

#ifdef __x86_64__
bool supported(Isa isa) {
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
  switch (isa) {
    case Isa::kAvx512:
      return avx2 && avx512;
    case Isa::kAvx2:
      return avx2;
    default:
      return true;
  }
}
#else
bool supported(Isa isa) { return isa == Isa::kBaseline; }
#endif

Isa widest() {
  for (Isa isa : {Isa::kAvx512, Isa::kAvx2}) {
    if (supported(isa)) return isa;
  }
  return Isa::kBaseline;
}

std::atomic<Isa>& chosen_isa() {
  static std::atomic<Isa> chosen{widest()};
  return chosen;
}

std::atomic<int> chosen_threads{0};

// Elements below which waking the pool costs more (some 5 us) than the work itself.
constexpr int64_t kSerialWork = 32768;

}  // namespace

Isa isa() { return chosen_isa().load(std::memory_order_relaxed); }

int threads_for(int64_t work) { return work < kSerialWork ? 1 : num_threads(); }

void set_num_threads(int threads) {
  if (threads < 0) {
    throw std::invalid_argument("threads: expected 0 (default) or more, got " +
                                std::to_string(threads));
  }
  chosen_threads.store(threads, std::memory_order_relaxed);
}

int num_threads() {
  const int threads = chosen_threads.load(std::memory_order_relaxed);
  return threads > 0 ? threads : omp_get_max_threads();
}

const char* cpu_isa() { return kIsaNames[static_cast<int>(isa())].name; }

void set_cpu_isa(const char* name) {
  const std::string wanted = name == nullptr ? "" : name;
  if (wanted == "auto") {
    chosen_isa().store(widest());
    return;
  }
  for (const IsaName& candidate : kIsaNames) {
    if (wanted != candidate.name) continue;
    if (!supported(candidate.isa)) {
      throw std::invalid_argument("isa: this processor lacks " + wanted);
    }
    chosen_isa().store(candidate.isa);
    return;
  }
  throw std::invalid_argument("isa: expected auto, baseline, avx2 or avx512, got '" + wanted + "'");
}

}  // namespace autoloss
