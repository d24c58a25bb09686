// The rejection protocol on a GPU: the metric of what a sample's descent predicts, counted in
// integers.
#ifndef AUTOLOSS_CUDA_GRAPH_BATCH_METRIC_H_
#define AUTOLOSS_CUDA_GRAPH_BATCH_METRIC_H_

#include <cstdint>

#include "common/graph_metric.h"
#include "graph_batch_work.h"

namespace autoloss {
namespace cuda {

/// A ratio summed up by one thread, as MetricTarget::region does.
__device__ inline double region_ratio(int metric, int classes, const int32_t* right,
                                      const int32_t* predicted, const int32_t* labelled) {
  const bool accuracy = metric == kMeanAccuracy || metric == kGlobalAccuracy;
  const bool by_frequency = metric == kFrequencyWeightedIou || metric == kGlobalAccuracy;
  double sum = 0, weights = 0;
  for (int c = 0; c < classes; ++c) {
    const int32_t whole = accuracy ? labelled[c] : predicted[c] + labelled[c] - right[c];
    if (whole == 0) continue;
    const double weight = by_frequency ? static_cast<double>(labelled[c]) : 1.0;
    sum += weight * static_cast<double>(right[c]) / static_cast<double>(whole);
    weights += weight;
  }
  return weights == 0 ? 1 : sum / weights;
}

__device__ inline double region_score(const BatchSamples& samples, const BatchTargets& targets,
                                      int sample, const int16_t* result, int32_t* counts) {
  const int classes = samples.classes;
  int32_t *right = counts, *predicted = right + classes, *labelled = predicted + classes;
  for (int i = threadIdx.x; i < 3 * classes; i += kThreads) counts[i] = 0;
  __syncthreads();
  const int64_t at = sample * samples.padded;
  for (int64_t i = threadIdx.x; i < samples.padded; i += kThreads) {
    if (!targets.counts[at + i]) continue;
    const int label = samples.labels[at + i], prediction = result[i];
    atomicAdd(predicted + prediction, 1);
    atomicAdd(labelled + label, 1);
    if (label == prediction) atomicAdd(right + label, 1);
  }
  __syncthreads();
  return threadIdx.x == 0 ? region_ratio(targets.metric, classes, right, predicted, labelled) : 0;
}

/// The bit of a pixel's class if it is an edge of the prediction and in the word of classes that
/// begins with `first`; 0 otherwise.
__device__ inline uint64_t edge_bit(const int16_t* result, int around, int64_t pixel, int64_t width,
                                    int first) {
  const int own = result[pixel];
  if (own < first || own >= first + kWord) return 0;
  bool edge = false;
  for (int k = 0; k < 9; ++k) {
    if ((around >> k & 1) == 0) continue;
    edge |= result[pixel + (k / 3 - 1) * width + k % 3 - 1] != own;
  }
  return edge ? uint64_t{1} << (own - first) : 0;
}

/// The bits of up to 2 tolerance + 1 words, `step` apart, around position `at` of `length`.
__device__ inline uint64_t dilated_bits(const uint64_t* words, int64_t step, int64_t at,
                                        int64_t length, int tolerance) {
  const int64_t first = at < tolerance ? -at : -tolerance;
  const int64_t last = at + tolerance >= length ? length - 1 - at : tolerance;
  uint64_t bits = 0;
  for (int64_t k = first; k <= last; ++k) bits |= words[k * step];
  return bits;
}

__device__ inline double boundary_ratio(int classes, const int32_t* counts, int& present) {
  const int32_t *predicted = counts, *matched = predicted + kWord, *labelled = matched + kWord,
                *found = labelled + kWord;
  double sum = 0;
  for (int c = 0; c < classes; ++c) {
    if (labelled[c] == 0) continue;
    const double precision = static_cast<double>(matched[c]) / (predicted[c] + kEpsilon);
    const double recall = static_cast<double>(found[c]) / (labelled[c] + kEpsilon);
    sum += 2 * precision * recall / (precision + recall + kEpsilon);
    ++present;
  }
  return sum;
}

/// Counts of one word of classes, as MetricTarget::boundary has them.
__device__ inline void count_edges(const BatchSamples& samples, const BatchTargets& targets,
                                   int sample, int word, const int16_t* result, int32_t* counts,
                                   uint64_t* edge, uint64_t* rows) {
  const int first = word * kWord;
  const int64_t width = samples.width, plane = samples.height * width;
  const int16_t* labels = samples.labels + sample * samples.padded;
  const int64_t bits = (static_cast<int64_t>(sample) * targets.words + word) * samples.padded;
  for (int64_t i = threadIdx.x; i < plane; i += kThreads) {
    edge[i] = edge_bit(result, samples.around[sample * samples.padded + i], i, width, first);
  }
  __syncthreads();
  for (int64_t i = threadIdx.x; i < plane; i += kThreads) {
    rows[i] = dilated_bits(edge + i, 1, i % width, width, targets.tolerance);
  }
  __syncthreads();
  int32_t *predicted = counts, *matched = predicted + kWord, *labelled = matched + kWord,
          *found = labelled + kWord;
  for (int64_t i = threadIdx.x; i < plane; i += kThreads) {
    if (labels[i] < 0) continue;
    if (edge[i] != 0) {
      atomicAdd(predicted + (result[i] - first), 1);
      if ((targets.dilated[bits + i] & edge[i]) != 0) atomicAdd(matched + (result[i] - first), 1);
    }
    const uint64_t truth = targets.edges[bits + i];
    if (truth != 0) {
      const uint64_t near =
          dilated_bits(rows + i, width, i / width, samples.height, targets.tolerance);
      atomicAdd(labelled + (labels[i] - first), 1);
      if ((near & truth) != 0) atomicAdd(found + (labels[i] - first), 1);
    }
  }
}

__device__ inline double boundary_score(const BatchSamples& samples, const BatchTargets& targets,
                                        int sample, const int16_t* result, int32_t* counts) {
  uint64_t* edge = reinterpret_cast<uint64_t*>(counts + 4 * kWord);
  double sum = 0;
  int present = 0;
  for (int word = 0; word < targets.words; ++word) {
    for (int i = threadIdx.x; i < 4 * kWord; i += kThreads) counts[i] = 0;
    count_edges(samples, targets, sample, word, result, counts, edge, edge + samples.padded);
    __syncthreads();
    const int classes = samples.classes - word * kWord;
    if (threadIdx.x == 0) {
      sum += boundary_ratio(classes < kWord ? classes : kWord, counts, present);
    }
    __syncthreads();  // before the next word clears the counts
  }
  return present == 0 ? 1 : sum / present;
}

/// The metric of a prediction, in all threads.
__device__ inline double score_of(const Work& w, const BatchSamples& samples,
                                  const BatchTargets& targets, int sample, const int16_t* result) {
  __shared__ double score;
  const bool boundary = targets.metric == kBoundaryF1;
  int32_t* counts =
      w.memory.at<int32_t>(w.layout.state, metric_bytes(boundary, samples.classes, samples.padded));
  const double own = boundary ? boundary_score(samples, targets, sample, result, counts)
                              : region_score(samples, targets, sample, result, counts);
  if (threadIdx.x == 0) score = own;
  __syncthreads();
  return score;
}

}  // namespace cuda
}  // namespace autoloss

#endif  // AUTOLOSS_CUDA_GRAPH_BATCH_METRIC_H_
