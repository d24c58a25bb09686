// What the rejection protocol concludes from the numbers of a graph, the same for the CPU and CUDA.
#ifndef AUTOLOSS_COMMON_GRAPH_PROTOCOL_H_
#define AUTOLOSS_COMMON_GRAPH_PROTOCOL_H_

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "autoloss/ops.h"
#include "common/checks.h"
#include "common/graph_code.h"
#include "common/graph_labels.h"
#include "common/graph_metric.h"
#include "common/graph_start.h"

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

/// A fingerprint that takes one more sample in; reach: how far its predictions are from where they
/// should be.
inline int64_t with_sample(int64_t fingerprint, const GraphStart& start, double reach) {
  const double norm = heard_norm(start);
  const int64_t hash = mixed(fingerprint, two_digits(norm));
  return mixed(hash, norm > 0 ? direction(start, reach) : 0);
}

/// What the rejection protocol of all branches checks.
inline void check_descent(const int32_t* code, const int64_t* starts, int64_t graphs,
                          const GraphProtocol& protocol, Leaves leaves) {
  check_eps(protocol.eps);
  if (protocol.steps < 0) fail("steps", "0 or more", std::to_string(protocol.steps));
  for (int64_t k = 0; k < graphs; ++k) {
    check_code(code + kCodeStride * starts[k], starts[k + 1] - starts[k], leaves);
  }
}

/// The same for samples of pixels.
inline void check_protocol(const int32_t* code, const int64_t* starts, int64_t graphs,
                           const GraphProtocol& protocol, const Batch& samples) {
  check_shape(samples);
  if (pixels_of(samples) < 1) fail("samples", "1 or more with pixels", "none");
  check_pointer("logits", samples.logits);
  check_choice("logit_type", samples.logit_type, LOGIT_FLOAT32, LOGIT_FLOAT32);
  check_labels(samples);
  check_choice("label_type", samples.label_type, LABEL_INT32, LABEL_INT32);
  check_choice("metric", protocol.metric, kMeanIou, kBoundaryF1);
  if (protocol.tolerance < 0) {
    fail("tolerance", "0 or more pixels", std::to_string(protocol.tolerance));
  }
  check_descent(code, starts, graphs, protocol, Leaves::kMaps);
}

/// For each graph the first one that has the same code: half of what a search draws is small, and
/// drawn again and again.
inline std::vector<int64_t> first_alike(const int32_t* code, const int64_t* starts,
                                        int64_t graphs) {
  std::unordered_map<std::string_view, int64_t> seen;
  std::vector<int64_t> first(static_cast<size_t>(graphs));
  for (int64_t k = 0; k < graphs; ++k) {
    const auto length =
        static_cast<size_t>((starts[k + 1] - starts[k]) * kCodeStride) * sizeof(int32_t);
    const auto* own = reinterpret_cast<const char*>(code + kCodeStride * starts[k]);
    first[k] = seen.try_emplace(std::string_view(own, length), k).first->second;
  }
  return first;
}

/// The results of a call, and what is known before it; see graph_evaluate.
struct Verdicts {
  int64_t graphs, samples;
  bool equivalence;
  const int64_t* known;
  int64_t known_count;
  double* norms;
  int* status;
  double* scores;
  int64_t* fingerprints;

  /// Whether a fingerprint was known before the call.
  bool knows(int64_t fingerprint) const {
    return std::binary_search(known, known + known_count, fingerprint);
  }
};

/// Knows which fingerprints have been met, for all threads: a hash table of graphs that never
/// grows, as nothing may be thrown between threads.
class Fingerprints {
 public:
  explicit Fingerprints(const Verdicts& verdicts) : verdicts_(verdicts) {
    size_t size = 1;
    while (size < 2 * static_cast<size_t>(verdicts.graphs)) size *= 2;
    first_.assign(size, -1);
  }

  /// Whether a graph's fingerprint is known, or that of an earlier graph that has come by. What it
  /// says depends on the threads, but it is never wrong in saying yes.
  bool repeats(int64_t graph) {
    const int64_t* found = verdicts_.fingerprints;
    const int64_t own = found[graph];
    if (verdicts_.knows(own)) return true;
    const std::lock_guard<std::mutex> lock(mutex_);
    size_t at = static_cast<size_t>(own) & (first_.size() - 1);
    while (first_[at] >= 0 && found[first_[at]] != own) at = (at + 1) & (first_.size() - 1);
    if (first_[at] >= 0 && first_[at] < graph) return true;
    first_[at] = graph;
    return false;
  }

 private:
  const Verdicts& verdicts_;
  std::mutex mutex_;
  std::vector<int64_t> first_;
};

/// The final word: graphs with the code of an earlier one have its results; then, in the order of
/// the graphs, those that repeat a known fingerprint or that of an earlier graph are duplicates.
/// begun: what was concluded before any step, GRAPH_BELOW_THRESHOLD for "not yet known".
inline void settle(const std::vector<int64_t>& first, std::vector<int>& begun, const Verdicts& v) {
  for (int64_t k = 0; k < v.graphs; ++k) {
    const int64_t alike = first[k];
    if (alike == k) continue;
    std::copy_n(v.norms + alike * v.samples, v.samples, v.norms + k * v.samples);
    v.fingerprints[k] = v.fingerprints[alike];
    v.status[k] = v.status[alike];
    v.scores[k] = v.scores[alike];
    begun[k] = begun[alike];
  }
  if (!v.equivalence) return;
  std::unordered_set<int64_t> seen;
  seen.reserve(static_cast<size_t>(v.graphs));
  for (int64_t k = 0; k < v.graphs; ++k) {
    if (begun[k] != GRAPH_BELOW_THRESHOLD) continue;
    if (!v.knows(v.fingerprints[k]) && seen.insert(v.fingerprints[k]).second) continue;
    v.status[k] = GRAPH_DUPLICATE;
    v.scores[k] = 0;
  }
}

}  // namespace autoloss

#endif  // AUTOLOSS_COMMON_GRAPH_PROTOCOL_H_
