// Metrics of one predicted sample.
#include "common/graph_metric.h"

#include <algorithm>

#include "common/checks.h"

namespace autoloss {
namespace {

constexpr double kEpsilon = 1e-8;

}  // namespace

MetricTarget::MetricTarget(int metric, int64_t tolerance, const int32_t* labels, int64_t classes,
                           int64_t height, int64_t width)
    : metric_(metric),
      classes_(classes),
      height_(height),
      width_(width),
      plane_(height * width),
      dilation_(height, width, tolerance, 0),
      labels_(labels, labels + plane_),
      labelled_(classes),
      counts_(plane_) {
  for (int64_t i = 0; i < plane_; ++i) counts_[i] = labels[i] >= 0;
  if (metric == kBoundaryIou || metric == kBoundaryF1) find_edges(tolerance);
  for (int64_t i = 0; i < plane_; ++i) {
    if (counts_[i]) ++labelled_[labels_[i]];
  }
}

void MetricTarget::find_edges(int64_t tolerance) {
  for (int32_t& label : labels_) label = label < 0 ? kOutside : label;
  std::vector<uint8_t> edges(plane_);
  image_edges(labels_.data(), height_, width_, 0, edges.data());
  std::vector<uint64_t> buffer(dilation_.workspace());
  for (int64_t word = 0; word < (classes_ + 63) / 64; ++word) {
    edges_.emplace_back(plane_);
    edge_bits(labels_.data(), edges.data(), plane_, word, edges_.back().data());
    dilated_.push_back(edges_.back());
    dilation_.run(dilated_.back().data(), buffer.data());
  }
  if (metric_ == kBoundaryF1) return;
  const SquareWindows<uint8_t, std::bit_or<uint8_t>> band(height_, width_, tolerance, 0);
  std::vector<uint8_t> rows(band.workspace());
  band.run(edges.data(), rows.data());
  for (int64_t i = 0; i < plane_; ++i) counts_[i] &= edges[i];
}

double MetricTarget::region(const int32_t* prediction) const {
  // Several tables in turn: neighbours are mostly of one class, and adding twice in a row to one
  // number waits for memory. Of each class: pixels that do not count, wrong ones, right ones.
  constexpr int kTables = 4;
  int32_t table[kTables][kMaxClasses * 3];
  for (int32_t* counts : table) std::fill(counts, counts + 3 * classes_, 0);
  for (int64_t i = 0; i < plane_; ++i) {
    const int32_t own = prediction[i];
    ++table[i % kTables][3 * own + (counts_[i] ? 1 + (own == labels_[i]) : 0)];
  }
  int64_t right[kMaxClasses] = {}, predicted[kMaxClasses] = {};
  for (const int32_t* counts : table) {
    for (int64_t c = 0; c < classes_; ++c) {
      right[c] += counts[3 * c + 2];
      predicted[c] += counts[3 * c + 1] + counts[3 * c + 2];
    }
  }
  double sum = 0, weights = 0;
  for (int64_t c = 0; c < classes_; ++c) {
    const bool accuracy = metric_ == kMeanAccuracy || metric_ == kGlobalAccuracy;
    const bool by_frequency = metric_ == kFrequencyWeightedIou || metric_ == kGlobalAccuracy;
    const int64_t whole = accuracy ? labelled_[c] : predicted[c] + labelled_[c] - right[c];
    if (whole == 0) continue;
    const double weight = by_frequency ? static_cast<double>(labelled_[c]) : 1.0;
    sum += weight * static_cast<double>(right[c]) / static_cast<double>(whole);
    weights += weight;
  }
  // Without a pixel that counts, as in the band of a sample without edges, nothing is wrong.
  return weights == 0 ? 1 : sum / weights;
}

double MetricTarget::boundary(const int32_t* prediction, uint64_t* workspace) const {
  uint64_t *bits = workspace, *buffer = bits + plane_;
  int32_t* seen = reinterpret_cast<int32_t*>(buffer + dilation_.workspace());
  uint8_t* edge = reinterpret_cast<uint8_t*>(seen + plane_);
  for (int64_t i = 0; i < plane_; ++i) seen[i] = labels_[i] < 0 ? kOutside : prediction[i];
  image_edges(seen, height_, width_, 0, edge);
  int64_t predicted[kMaxClasses] = {}, matched[kMaxClasses] = {};
  int64_t labelled[kMaxClasses] = {}, found[kMaxClasses] = {};
  for (size_t word = 0; word < edges_.size(); ++word) {
    edge_bits(seen, edge, plane_, static_cast<int64_t>(word), bits);
    for (int64_t i = 0; i < plane_; ++i) {
      if (bits[i] == 0) continue;
      ++predicted[seen[i]];
      matched[seen[i]] += (dilated_[word][i] & bits[i]) != 0;
    }
    dilation_.run(bits, buffer);
    for (int64_t i = 0; i < plane_; ++i) {
      if (edges_[word][i] == 0) continue;
      ++labelled[labels_[i]];
      found[labels_[i]] += (edges_[word][i] & bits[i]) != 0;
    }
  }
  double sum = 0;
  int64_t present = 0;
  for (int64_t c = 0; c < classes_; ++c) {
    if (labelled[c] == 0) continue;
    const double precision = static_cast<double>(matched[c]) / (predicted[c] + kEpsilon);
    const double recall = static_cast<double>(found[c]) / (labelled[c] + kEpsilon);
    sum += 2 * precision * recall / (precision + recall + kEpsilon);
    ++present;
  }
  return present == 0 ? 1 : sum / static_cast<double>(present);
}

double MetricTarget::score(const int32_t* prediction, uint64_t* workspace) const {
  return metric_ == kBoundaryF1 ? boundary(prediction, workspace) : region(prediction);
}

}  // namespace autoloss
