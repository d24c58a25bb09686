// The boundary surrogates: BIoU is the mIoU surrogate in a band around the label edges; BF1 is the
// F measure of soft edges, from the sums that the kernels give.
#include "boundary.h"

#include <algorithm>
#include <limits>

#include "autoloss/ops.h"
#include "common/scratch.h"
#include "cuda/operations.h"
#include "edges.h"
#include "region.h"
#include "runtime.h"

namespace autoloss {
namespace {

constexpr double kEpsilon = 1e-8;

struct Slopes {
  Zeros<float> edge, matched, found;

  explicit Slopes(int64_t classes) : edge(classes), matched(classes), found(classes) {}
};

/// 1 - mean over the classes present of F = 2PR / (P + R + eps), with P = matched / (edge + eps)
/// and R = found / (labelled + eps); 0 if no class is present.
double f_measure_loss(const Zeros<double>& edge, const Zeros<double>& matched,
                      const Zeros<double>& found, const Zeros<double>& labelled, Slopes& slopes) {
  const double present = static_cast<double>(
      std::count_if(labelled.begin(), labelled.end(), [](double count) { return count > 0; }));
  if (present == 0) return 0;
  double sum = 0;
  for (size_t c = 0; c < labelled.size(); ++c) {
    if (labelled[c] == 0) continue;
    const double predicted = edge[c] + kEpsilon, truth = labelled[c] + kEpsilon;
    const double precision = matched[c] / predicted, recall = found[c] / truth;
    const double both = precision + recall + kEpsilon;
    sum += 2 * precision * recall / both;
    const double by_precision = -2 * recall * (recall + kEpsilon) / (both * both * present);
    const double by_recall = -2 * precision * (precision + kEpsilon) / (both * both * present);
    slopes.matched[c] = static_cast<float>(by_precision / predicted);
    slopes.edge[c] = static_cast<float>(-by_precision * precision / predicted);
    slopes.found[c] = static_cast<float>(by_recall / truth);
  }
  return 1 - sum / present;
}

/// Sums over the images of what is given per image and class.
Zeros<double> over_images(const Zeros<double>& each, int64_t classes) {
  Zeros<double> sums(classes);
  for (size_t i = 0; i < each.size(); ++i) sums[i % classes] += each[i];
  return sums;
}

/// Labels for edges: ignored pixels are another label, or as if outside the image.
Room<int32_t> edge_labels(const BatchArguments& batch, const LabelShape& shape, bool skip_ignored) {
  Room<int32_t> labels = plain_labels(batch.labels, batch.label_type, shape);
  if (skip_ignored) leave_out_ignored(labels, labels);
  return labels;
}

double f_measure_surrogate(const BatchArguments& batch, const Curve* curves, int64_t tolerance,
                           int32_t first_class, bool skip_ignored, float* gradient) {
  const LabelShape shape{batch.images, batch.classes, batch.height, batch.width};
  const Room<int32_t> labels = edge_labels(batch, shape, skip_ignored);
  const Room<uint8_t> edges = label_edges(labels, shape, first_class);
  const EdgeLists lists(labels, edges, shape);
  Zeros<double> each(shape.images * shape.classes);
  for (size_t i = 0; i < each.size(); ++i) {
    each[i] = static_cast<double>(lists.starts[i + 1] - lists.starts[i]);
  }
  const Zeros<double> labelled = over_images(each, shape.classes);
  Room<uint8_t> present(shape.classes);
  for (int64_t c = 0; c < shape.classes; ++c) present[c] = labelled[c] > 0;
  const Room<uint64_t> dilated = dilated_edges(labels, edges, shape, tolerance);

  // The gradient's memory holds the probabilities until the gradient replaces them.
  const bool wanted = gradient != nullptr;
  Room<float> own(wanted ? 0 : batch.elements());
  float* p = wanted ? gradient : own.data();
  Zeros<double> edge(each.size()), matched(each.size()), found(each.size());
  Room<int64_t> highest(lists.pixels.size());
  Room<float> kept(wanted ? batch.pixels() : 0), by_minimum(wanted ? batch.elements() : 0);
  Room<uint8_t> places(by_minimum.size());
  const BoundaryArguments in{
      batch,          skip_ignored,  tolerance,           curves,
      dilated.data(), shape.words(), lists.starts.data(), lists.pixels.data(),
      present.data(), kept.data(),   by_minimum.data(),   places.data()};
  const int threads = threads_for(batch.elements());
  const auto sums = AUTOLOSS_VARIANT(boundary_sums);
  sums(in, threads, p, highest.data(), {edge.data(), matched.data(), found.data()});

  Slopes slopes(shape.classes);
  const double loss =
      f_measure_loss(over_images(edge, shape.classes), over_images(matched, shape.classes),
                     over_images(found, shape.classes), labelled, slopes);
  if (wanted) {
    const auto write = AUTOLOSS_VARIANT(boundary_gradient);
    write(in, threads, highest.data(),
          {slopes.edge.data(), slopes.matched.data(), slopes.found.data()}, gradient);
  }
  return loss;
}

double band_surrogate(const BatchArguments& batch, const Curve* curves, int64_t tolerance,
                      int32_t first_class, bool skip_ignored, int absent_classes, float* gradient) {
  const LabelShape shape{batch.images, batch.classes, batch.height, batch.width};
  const Room<int32_t> labels = edge_labels(batch, shape, skip_ignored);
  const Room<uint8_t> band = trimap(label_edges(labels, shape, first_class), shape, tolerance);
  BatchArguments in = batch;
  in.labels = labels.data();
  in.label_type = LABEL_INT32;
  in.mask = band.data();
  return region_loss(METRIC_MIOU, in, curves, absent_classes, gradient);
}

}  // namespace

double boundary_surrogate(int metric, const double* control_points, int64_t control_values,
                          int absent_classes, int64_t tolerance, int drop_background,
                          int ignored_edges, const Batch& batch, float* value, void* gradient) {
  if (on_gpu(batch)) {
    cuda::boundary_surrogate(metric, control_points, control_values, absent_classes, tolerance,
                             drop_background, ignored_edges, batch, value, gradient);
    return 0;
  }
  check_choice("metric", metric, METRIC_BIOU, METRIC_BF1);
  check_choice("absent_classes", absent_classes, ABSENT_COUNT, ABSENT_SKIP);
  check_choice("ignored_edges", ignored_edges, IGNORED_COUNT, IGNORED_SKIP);
  if (tolerance < 0) fail("tolerance", "0 or more pixels", std::to_string(tolerance));
  const BatchArguments in = checked_batch(batch);
  const int64_t reach =
      std::min(tolerance, std::max(batch.h, batch.w));  // no pixel is farther than that
  const int32_t first_class = drop_background ? 1 : 0;
  const bool skip_ignored = ignored_edges == IGNORED_SKIP;
  Curve curves[4];
  make_curves(control_points, control_values, metric == METRIC_BIOU ? 2 : 4, curves);
  if (in.plane() > std::numeric_limits<int32_t>::max()) {
    fail("shape", "planes of fewer than 2^31 pixels", std::to_string(in.plane()));
  }
  float* floats = static_cast<float*>(gradient);
  if (metric == METRIC_BIOU) {
    return band_surrogate(in, curves, reach, first_class, skip_ignored, absent_classes, floats);
  }
  return f_measure_surrogate(in, curves, reach, first_class, skip_ignored, floats);
}

}  // namespace autoloss
