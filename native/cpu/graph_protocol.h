// What the rejection protocol concludes from the numbers of a graph, the same for the CPU and CUDA.
#ifndef AUTOLOSS_CPU_GRAPH_PROTOCOL_H_
#define AUTOLOSS_CPU_GRAPH_PROTOCOL_H_

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <unordered_set>

#include "autoloss/ops.h"
#include "common/checks.h"
#include "graph_code.h"
#include "graph_kernels.h"
#include "graph_labels.h"
#include "graph_metric.h"

namespace autoloss {

/// A gradient by the logits this much smaller than what it is made of is rounding noise.
constexpr double kNoise = 1e-6;

/// Below this share of what it could be, an alignment has no sign.
constexpr double kUnaligned = 1e-3;

/// A norm to two significant digits, as an integer.
inline int64_t two_digits(double norm) {
  if (!(norm > 0)) return 0;
  int64_t exponent = static_cast<int64_t>(std::floor(std::log10(norm)));
  int64_t digits = std::llround(norm / std::pow(10.0, static_cast<double>(exponent - 1)));
  if (digits >= 100) {
    digits = 10;
    ++exponent;
  }
  return exponent * 100 + digits;
}

inline int64_t mixed(int64_t hash, int64_t value) {
  uint64_t z = (static_cast<uint64_t>(hash) ^ static_cast<uint64_t>(value)) + 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return static_cast<int64_t>(z ^ (z >> 31));
}

/// Whether the descent helps (1), harms (-1) or neither, to first order.
inline int64_t direction(const GraphStart& start, double reach) {
  const double cosine = start.alignment / (start.norm * reach);
  return cosine < -kUnaligned ? 1 : cosine > kUnaligned ? -1 : 0;
}

/// The norm of a sample's gradient, 0 where it is no more than noise.
inline double heard_norm(const GraphStart& start) {
  return start.norm > kNoise * start.scale ? start.norm : 0;
}

/// A fingerprint that takes one more sample in.
inline int64_t with_sample(int64_t fingerprint, const GraphStart& start, int64_t valid) {
  const double norm = heard_norm(start);
  const int64_t hash = mixed(fingerprint, two_digits(norm));
  return mixed(hash, norm > 0 ? direction(start, std::sqrt(static_cast<double>(valid))) : 0);
}

/// The argument checks of graph_evaluate.
inline void check_protocol(const int32_t* code, const int64_t* starts, int64_t graphs, double eps,
                           const float* logits, const int32_t* labels, int64_t samples, int64_t c,
                           int64_t h, int64_t w, int64_t steps, int metric, int64_t tolerance) {
  check_eps(eps);
  check_shape(samples, c, h, w);
  if (samples < 1 || h * w < 1) fail("samples", "1 or more with pixels", "none");
  check_pointer("logits", logits);
  check_labels("labels", labels, LABEL_INT32);
  check_choice("metric", metric, kMeanIou, kBoundaryF1);
  if (tolerance < 0) fail("tolerance", "0 or more pixels", std::to_string(tolerance));
  if (steps < 0) fail("steps", "0 or more", std::to_string(steps));
  for (int64_t k = 0; k < graphs; ++k) {
    check_code(code + kCodeStride * starts[k], starts[k + 1] - starts[k]);
  }
}

/// Finds the graphs that repeat a known fingerprint, or that of an earlier graph.
inline void find_duplicates(int64_t graphs, const int64_t* fingerprints, const int64_t* known,
                            int64_t known_count, int* status) {
  std::unordered_set<int64_t> seen;
  seen.reserve(static_cast<size_t>(graphs));
  for (int64_t k = 0; k < graphs; ++k) {
    if (status[k] != GRAPH_BELOW_THRESHOLD) continue;
    const bool repeats = std::binary_search(known, known + known_count, fingerprints[k]);
    if (repeats || !seen.insert(fingerprints[k]).second) status[k] = GRAPH_DUPLICATE;
  }
}

}  // namespace autoloss

#endif  // AUTOLOSS_CPU_GRAPH_PROTOCOL_H_
