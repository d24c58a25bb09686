// The rejection protocol on what a branch of a network predicts: samples and their scores.
//
// Graphs see what they would see in a training. Samples of 1x1, as those of anchors and regions,
// are laid out as one image with a row of pixels that have no neighbours; boxes likewise.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "autoloss/ops.h"
#include "common/checks.h"
#include "graph_batch.h"

namespace autoloss {
namespace {

/// The mean IoU of yes in maps; 1 where there is none in either.
class MaskScore : public SampleScore {
 public:
  MaskScore(const int32_t* labels, int64_t maps, int64_t plane)
      : labels_(labels), maps_(maps), plane_(plane) {}

  double of(const DescentResult& result, uint64_t*) const override {
    double sum = 0;
    for (int64_t map = 0; map < maps_; ++map) {
      int64_t both = 0, either = 0;
      for (int64_t i = map * plane_; i < (map + 1) * plane_; ++i) {
        both += labels_[i] & result.places[i];
        either += labels_[i] | result.places[i];
      }
      sum += either == 0 ? 1 : static_cast<double>(both) / static_cast<double>(either);
    }
    return sum / static_cast<double>(maps_);
  }

 private:
  const int32_t* labels_;
  int64_t maps_, plane_;
};

/// The mean object keypoint similarity of places.
class KeypointScore : public SampleScore {
 public:
  KeypointScore(const float* spots, int64_t maps, int64_t width)
      : spots_(spots), maps_(maps), width_(width) {}

  double of(const DescentResult& result, uint64_t*) const override {
    double sum = 0;
    for (int64_t c = 0; c < maps_; ++c) {
      const float* spot = spots_ + 3 * c;
      const double x = static_cast<double>(result.places[c] % width_) - spot[0];
      const double y = static_cast<double>(result.places[c] / width_) - spot[1];
      sum += std::exp(-(x * x + y * y) / spot[2]);
    }
    return sum / static_cast<double>(maps_);
  }

 private:
  const float* spots_;
  int64_t maps_, width_;
};

/// The mean of overlaps.
class OverlapScore : public SampleScore {
 public:
  explicit OverlapScore(int64_t boxes) : boxes_(boxes) {}

  double of(const DescentResult& result, uint64_t*) const override {
    double sum = 0;
    for (int64_t i = 0; i < boxes_; ++i) sum += result.overlaps[i];
    return sum / static_cast<double>(boxes_);
  }

 private:
  int64_t boxes_;
};

double norm_of(const std::vector<float>& values) {
  double sum = 0;
  for (float value : values) sum += static_cast<double>(value) * value;
  return std::sqrt(sum);
}

/// What the arrays of one sample are.
struct Given {
  int64_t n, c, h, w;
  const float* predicted;
  const float* target;
  const int32_t* labels;
  const float* spots;

  int64_t pixels() const { return n * h * w; }
};

/// A sample, and the arrays that its arguments point to.
struct Branch {
  GraphSample sample;
  std::vector<float> logits, target, boxes, pull;
};

/// The arguments for images; what is 1x1 becomes a row.
GraphArguments arguments(const Given& given, int64_t classes, float eps, Moves moves) {
  const bool row = given.h == 1 && given.w == 1;
  GraphArguments in{nullptr,           eps,     nullptr,           nullptr,
                    row ? 1 : given.n, classes, row ? 1 : given.h, row ? given.n : given.w,
                    given.pixels(),    nullptr};
  in.moves = moves;
  return in;
}

/// [n,c,1,1] becomes [1,c,1,n]; what has more pixels stays.
std::vector<float> laid_out(const float* values, const Given& given) {
  std::vector<float> out(given.pixels() * given.c);
  const bool row = given.h == 1 && given.w == 1;
  if (!row) std::copy(values, values + out.size(), out.begin());
  for (int64_t i = 0; row && i < given.n; ++i) {
    for (int64_t c = 0; c < given.c; ++c) out[c * given.n + i] = values[i * given.c + c];
  }
  return out;
}

/// Each map becomes two: what others leave of 1, or 0; and itself.
std::vector<float> doubled(const float* values, const GraphArguments& in, bool complement) {
  const int64_t plane = in.height * in.width;
  std::vector<float> out(2 * in.images * plane);
  for (int64_t i = 0; i < in.images * plane; ++i) {
    const int64_t at = 2 * (i / plane) * plane + i % plane;
    out[at] = complement ? 1.0f - values[i] : 0.0f;
    out[at + plane] = values[i];
  }
  return out;
}

void take_probabilities(const BatchKernels& kernels, GraphSample& sample) {
  const int64_t plane = sample.in.height * sample.in.width, image = sample.in.classes * plane;
  sample.given.resize(sample.elements());
  for (int64_t i = 0; i < sample.in.images; ++i) {
    kernels.softmax(sample.in.logits + i * image, sample.in.classes, plane,
                    sample.given.data() + i * image);
  }
}

std::unique_ptr<SampleScore> recall(const GraphSample& sample) {
  return metric_score(
      MetricTarget(kMeanAccuracy, 0, sample.labels.data(), sample.in.classes, 1, sample.pixels()));
}

void take_classes(const Given& given, float eps, const BatchKernels& kernels, Branch& branch) {
  GraphSample& sample = branch.sample;
  sample.in = arguments(given, given.c, eps, Moves::kLogits);
  sample.labels.resize(given.pixels());
  sample.in.valid = narrow_labels(given.labels, given.pixels(), given.c, sample.labels.data());
  if (sample.in.valid == 0) fail("labels", "one that counts in each sample", "none in one");
  branch.logits = laid_out(given.predicted, given);
  sample.in.logits = branch.logits.data();
  sample.score = recall(sample);
  take_probabilities(kernels, sample);
  sample.reach = std::sqrt(static_cast<double>(sample.in.valid));
}

void take_binary(const Given& given, float eps, const BatchKernels& kernels, Branch& branch) {
  GraphSample& sample = branch.sample;
  sample.in = arguments(given, 2, eps, Moves::kLogit);
  for (int64_t i = 0; i < given.pixels(); ++i) {
    if (!(given.target[i] >= 0 && given.target[i] <= 1)) {
      fail("target", "numbers in [0,1]", std::to_string(given.target[i]));
    }
    // as a logit above 0 is one of yes, so is a share above one half
    sample.labels.push_back(given.target[i] > 0.5f ? 1 : 0);
  }
  branch.logits = doubled(given.predicted, sample.in, false);
  branch.target = doubled(given.target, sample.in, true);
  sample.in.logits = branch.logits.data();
  sample.in.target = branch.target.data();
  if (given.h == 1 && given.w == 1) {
    sample.score = recall(sample);
  } else {
    sample.score = std::make_unique<MaskScore>(sample.labels.data(), given.n, given.h * given.w);
  }
  take_probabilities(kernels, sample);
  sample.reach = std::sqrt(static_cast<double>(sample.in.valid));
}

void take_maps(const Given& given, float eps, Branch& branch) {
  GraphSample& sample = branch.sample;
  if (given.n != 1) fail("shapes", "maps of one image in a sample", std::to_string(given.n));
  sample.in = arguments(given, given.c, eps, Moves::kMaps);
  sample.labels.assign(given.pixels(), 0);
  branch.logits = laid_out(given.predicted, given);
  branch.target = laid_out(given.target, given);
  branch.pull = branch.target;
  for (size_t i = 0; i < branch.pull.size(); ++i) branch.pull[i] -= branch.logits[i];
  sample.in.logits = branch.logits.data();
  sample.in.target = branch.target.data();
  sample.in.pull = branch.pull.data();
  sample.given = branch.logits;
  sample.score = std::make_unique<KeypointScore>(given.spots, given.c, sample.in.width);
  sample.reach = norm_of(branch.pull);
}

/// Centre and sides of a box.
struct Extent {
  float x, y, width, height;

  explicit Extent(const float* box)
      : x(0.5f * (box[0] + box[2])),
        y(0.5f * (box[1] + box[3])),
        width(box[2] - box[0]),
        height(box[3] - box[1]) {
    if (!(width > 0 && height > 0 && std::isfinite(x + y + width * height))) {
      fail("boxes", "finite ones with sides above 0",
           std::to_string(width) + " x " + std::to_string(height));
    }
  }
};

void take_boxes(const Given& given, float eps, const BatchKernels& kernels, Branch& branch) {
  GraphSample& sample = branch.sample;
  if (given.c != 4 || given.h != 1 || given.w != 1) fail("shapes", "[n,4,1,1] of boxes", "others");
  const int64_t n = given.n;
  sample.in = arguments(given, 1, eps, Moves::kBoxes);
  sample.labels.assign(n, 0);
  branch.logits.assign(4 * n, 0.0f);
  branch.boxes.resize(kBoxRows * n);
  branch.pull.resize(4 * n);
  for (int64_t i = 0; i < n; ++i) {
    const float* corners = given.target + 4 * i;
    const Extent from(given.predicted + 4 * i), to(corners);
    const float known[kBoxRows] = {from.x,      from.y,     from.width,
                                   from.height, corners[0], corners[1],
                                   corners[2],  corners[3], to.width * to.height};
    for (int k = 0; k < kBoxRows; ++k) branch.boxes[k * n + i] = known[k];
    const float pull[4] = {(to.x - from.x) / from.width, (to.y - from.y) / from.height,
                           std::log(to.width / from.width), std::log(to.height / from.height)};
    for (int k = 0; k < 4; ++k) branch.pull[k * n + i] = pull[k];
  }
  sample.in.logits = branch.logits.data();
  sample.in.boxes = branch.boxes.data();
  sample.in.pull = branch.pull.data();
  sample.given.resize(kGeometryRows * n);
  kernels.geometry(sample.in, sample.given.data());
  sample.score = std::make_unique<OverlapScore>(n);
  sample.reach = norm_of(branch.pull);
}

/// The score of a sample before any step.
double score_before(const GraphSample& sample, const BatchKernels& kernels) {
  const int64_t size = std::max(sample.pixels(), sample.in.classes);
  std::vector<int32_t> places(size);
  std::vector<float> overlaps(size);
  std::vector<uint64_t> workspace(sample.score->workspace());
  const DescentResult result{places.data(), overlaps.data()};
  if (!kernels.result(sample.in, sample.given.data(), result)) {
    fail("predicted", "finite numbers", "NaN or infinity");
  }
  return sample.score->of(result, workspace.data());
}

}  // namespace

void branch_evaluate(const int32_t* code, const int64_t* starts, int64_t graphs,
                     const GraphProtocol& protocol, int kind, const int64_t* shapes,
                     int64_t samples, const float* predicted, const float* target,
                     const int32_t* labels, const float* spots, const int64_t* known,
                     int64_t known_count, double* norms, int* status, double* scores,
                     int64_t* fingerprints) {
  if (graphs < 1) return;
  check_choice("kind", kind, BRANCH_CLASSES, BRANCH_BOXES);
  check_descent(code, starts, graphs, protocol,
                kind == BRANCH_BOXES ? Leaves::kBoxes : Leaves::kMaps);
  if (samples < 1) fail("samples", "1 or more", std::to_string(samples));
  check_pointer("shapes", shapes);
  check_pointer("predicted", predicted);
  if (kind == BRANCH_CLASSES) {
    check_pointer("labels", labels);
  } else {
    check_pointer("target", target);
  }
  if (kind == BRANCH_HEATMAPS) check_pointer("spots", spots);
  GraphBatch batch(code, starts, graphs, protocol);
  batch.descent.relative = true;
  batch.ragged = true;
  batch.separate = true;
  const BatchKernels kernels;
  std::vector<Branch> branches(samples);
  for (int64_t b = 0; b < samples; ++b) {
    const int64_t* shape = shapes + 4 * b;
    const Given given{shape[0], shape[1], shape[2], shape[3], predicted, target, labels, spots};
    check_shape(given.n, given.c, given.h, given.w);
    if (given.pixels() < 1) fail("shapes", "sizes above 0", "0");
    Branch& branch = branches[b];
    if (kind == BRANCH_CLASSES) take_classes(given, batch.eps, kernels, branch);
    if (kind == BRANCH_BINARY) take_binary(given, batch.eps, kernels, branch);
    if (kind == BRANCH_HEATMAPS) take_maps(given, batch.eps, branch);
    if (kind == BRANCH_BOXES) take_boxes(given, batch.eps, kernels, branch);
    branch.sample.find_neighbours();
    branch.sample.before = score_before(branch.sample, kernels);
    batch.before += branch.sample.before / static_cast<double>(samples);
    batch.separate &= given.h == 1 && given.w == 1;
    predicted += given.pixels() * given.c;
    if (target != nullptr) target += given.pixels() * given.c;
    if (labels != nullptr) labels += given.pixels();
    if (spots != nullptr) spots += 3 * given.c;
    batch.samples.push_back(std::move(branch.sample));
  }
  batch.threshold = batch.before + protocol.threshold * (1 - batch.before);
  evaluate(batch, {graphs, samples, protocol.equivalence != 0, known, known_count, norms, status,
                   scores, fingerprints});
}

}  // namespace autoloss
