// The metric of one predicted sample, on the CPU, for the rejection protocol. The six metrics are
// those of SegmentationMetric; a class whose ratio is 0/0 is left out of means. Ignored
// pixels count for nothing in boundaries either: a descent never moves what is predicted there.
#ifndef AUTOLOSS_COMMON_GRAPH_METRIC_H_
#define AUTOLOSS_COMMON_GRAPH_METRIC_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "common/image_edges.h"
#include "common/windows.h"

namespace autoloss {

/// Metrics by number: METRIC_MIOU to METRIC_BF1 of ops.h.
enum ScoreMetric : int {
  kMeanIou = 0,
  kFrequencyWeightedIou,
  kMeanAccuracy,
  kGlobalAccuracy,
  kBoundaryIou,
  kBoundaryF1
};

/// What does not depend on the prediction: computed once a sample.
class MetricTarget {
 public:
  /// labels [H,W], -1 where ignored; at least one is not.
  MetricTarget(int metric, int64_t tolerance, const int32_t* labels, int64_t classes,
               int64_t height, int64_t width);

  /// Numbers of working memory that score() needs: bits, their dilation, classes and edges.
  int64_t workspace() const { return plane_ + dilation_.workspace() + plane_; }

  /// The metric of a prediction [H,W], classes in [0,C). Working memory: see workspace().
  double score(const int32_t* prediction, uint64_t* workspace) const;

  /// Whether each pixel counts in a region metric.
  const std::vector<uint8_t>& counts() const { return counts_; }

  /// Label edges of 64 classes each, one bit per class; empty for the region metrics.
  const std::vector<std::vector<uint64_t>>& label_edges() const { return edges_; }

  /// The same, dilated by the tolerance.
  const std::vector<std::vector<uint64_t>>& dilated_label_edges() const { return dilated_; }

 private:
  void find_edges(int64_t tolerance);
  double region(const int32_t* prediction) const;
  double boundary(const int32_t* prediction, uint64_t* workspace) const;

  int metric_;
  int64_t classes_, height_, width_, plane_;
  SquareWindows<uint64_t, std::bit_or<uint64_t>> dilation_;
  std::vector<int32_t> labels_;                 // kOutside where ignored
  std::vector<int64_t> labelled_;               // pixels of each class that count
  std::vector<uint8_t> counts_;                 // whether a pixel counts in a region metric
  std::vector<std::vector<uint64_t>> edges_;    // label edges, one bit per class, 64 classes each
  std::vector<std::vector<uint64_t>> dilated_;  // the same, dilated by the tolerance
};

}  // namespace autoloss

#endif  // AUTOLOSS_COMMON_GRAPH_METRIC_H_
