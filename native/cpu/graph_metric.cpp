// Metrics of one predicted sample.
//
// An edge of class c is a pixel of class c whose 3x3 neighbourhood, inside the image, holds another
// class. One bit per class and one word per pixel hold the edges of 64 classes, so that dilation
// is OR over words, separable, whatever the number of classes.
#include "graph_metric.h"

#include <algorithm>

#include "common/checks.h"

namespace autoloss {
namespace {

constexpr double kEpsilon = 1e-8;
constexpr int64_t kWord = 64;

}  // namespace

MetricTarget::MetricTarget(int metric, int64_t tolerance, const int32_t* labels, int64_t classes,
                           int64_t height, int64_t width)
    : metric_(metric),
      tolerance_(std::min(tolerance, std::max(height, width))),
      labels_(labels),
      classes_(classes),
      height_(height),
      width_(width),
      plane_(height * width),
      counts_(plane_) {
  for (int64_t i = 0; i < plane_; ++i) counts_[i] = labels[i] >= 0;
  if (metric != kBoundaryIou && metric != kBoundaryF1) return;
  std::vector<uint64_t> rows(plane_), band(plane_);
  for (int64_t first = 0; first < classes; first += kWord) {
    edges_.emplace_back(plane_);
    dilated_.emplace_back(plane_);
    edges(labels, first, edges_.back().data());
    dilate(edges_.back().data(), rows.data(), dilated_.back().data());
    for (int64_t i = 0; i < plane_; ++i) band[i] |= dilated_.back()[i];
  }
  for (int64_t i = 0; i < plane_; ++i) counts_[i] &= metric == kBoundaryF1 || band[i] != 0;
}

void MetricTarget::edges(const int32_t* classes, int64_t first, uint64_t* out) const {
  for (int64_t y = 0; y < height_; ++y) {
    for (int64_t x = 0; x < width_; ++x) {
      const int64_t i = y * width_ + x;
      const int64_t own = classes[i] - first;
      out[i] = 0;
      if (classes[i] < 0 || labels_[i] < 0 || own < 0 || own >= kWord) continue;
      bool edge = false;
      for (int64_t r = std::max<int64_t>(0, y - 1); r <= std::min(height_ - 1, y + 1); ++r) {
        for (int64_t c = std::max<int64_t>(0, x - 1); c <= std::min(width_ - 1, x + 1); ++c) {
          const int64_t j = r * width_ + c;
          edge |= labels_[j] >= 0 && classes[j] != classes[i];
        }
      }
      out[i] = edge ? uint64_t{1} << own : 0;
    }
  }
}

void MetricTarget::dilate(const uint64_t* in, uint64_t* rows, uint64_t* out) const {
  for (int64_t y = 0; y < height_; ++y) {
    for (int64_t x = 0; x < width_; ++x) {
      uint64_t bits = 0;
      const int64_t last = std::min(width_ - 1, x + tolerance_);
      for (int64_t c = std::max<int64_t>(0, x - tolerance_); c <= last; ++c) {
        bits |= in[y * width_ + c];
      }
      rows[y * width_ + x] = bits;
    }
  }
  for (int64_t y = 0; y < height_; ++y) {
    uint64_t* row = out + y * width_;
    std::fill(row, row + width_, uint64_t{0});
    const int64_t last = std::min(height_ - 1, y + tolerance_);
    for (int64_t r = std::max<int64_t>(0, y - tolerance_); r <= last; ++r) {
      for (int64_t x = 0; x < width_; ++x) row[x] |= rows[r * width_ + x];
    }
  }
}

double MetricTarget::region(const int32_t* prediction) const {
  int64_t right[kMaxClasses] = {}, predicted[kMaxClasses] = {}, labelled[kMaxClasses] = {};
  for (int64_t i = 0; i < plane_; ++i) {
    if (!counts_[i]) continue;
    ++predicted[prediction[i]];
    ++labelled[labels_[i]];
    right[labels_[i]] += prediction[i] == labels_[i];
  }
  double sum = 0, weights = 0;
  for (int64_t c = 0; c < classes_; ++c) {
    const bool accuracy = metric_ == kMeanAccuracy || metric_ == kGlobalAccuracy;
    const bool by_frequency = metric_ == kFrequencyWeightedIou || metric_ == kGlobalAccuracy;
    const int64_t whole = accuracy ? labelled[c] : predicted[c] + labelled[c] - right[c];
    if (whole == 0) continue;
    const double weight = by_frequency ? static_cast<double>(labelled[c]) : 1.0;
    sum += weight * static_cast<double>(right[c]) / static_cast<double>(whole);
    weights += weight;
  }
  // Without a pixel that counts, as in the band of a sample without edges, nothing is wrong.
  return weights == 0 ? 1 : sum / weights;
}

double MetricTarget::boundary(const int32_t* prediction, uint64_t* workspace) const {
  uint64_t *edge = workspace, *rows = edge + plane_, *dilated = rows + plane_;
  double sum = 0;
  int64_t present = 0;
  for (size_t word = 0; word < edges_.size(); ++word) {
    const int64_t first = static_cast<int64_t>(word) * kWord;
    edges(prediction, first, edge);
    dilate(edge, rows, dilated);
    int64_t predicted[kWord] = {}, matched[kWord] = {}, labelled[kWord] = {}, found[kWord] = {};
    for (int64_t i = 0; i < plane_; ++i) {
      if (labels_[i] < 0) continue;
      if (edge[i] != 0) {
        const int64_t c = prediction[i] - first;
        ++predicted[c];
        matched[c] += (dilated_[word][i] & edge[i]) != 0;
      }
      const uint64_t truth = edges_[word][i];
      if (truth != 0) {
        const int64_t c = labels_[i] - first;
        ++labelled[c];
        found[c] += (dilated[i] & truth) != 0;
      }
    }
    for (int64_t c = 0; c < std::min(kWord, classes_ - first); ++c) {
      if (labelled[c] == 0) continue;
      const double precision = static_cast<double>(matched[c]) / (predicted[c] + kEpsilon);
      const double recall = static_cast<double>(found[c]) / (labelled[c] + kEpsilon);
      sum += 2 * precision * recall / (precision + recall + kEpsilon);
      ++present;
    }
  }
  return present == 0 ? 1 : sum / static_cast<double>(present);
}

double MetricTarget::score(const int32_t* prediction, uint64_t* workspace) const {
  return metric_ == kBoundaryF1 ? boundary(prediction, workspace) : region(prediction);
}

}  // namespace autoloss
