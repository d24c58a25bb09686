// Structural similarity of class probability maps and one-hot labels, value and gradient.
//
// For a class, x = m p and y = m (label is c); blur() is the Gaussian window, with zeros outside
// the image:
//   mx = blur(x), my = blur(y), xx = blur(x^2), xy = blur(x y), and blur(y^2) = my as y is 0 or 1
//   S = (2 mx my + c1) (2 (xy - mx my) + c2) / ((mx^2 + my^2 + c1) (xx - mx^2 + my - my^2 + c2))
// The blur is its own adjoint, so the gradient is three more blurs:
//   d sum S / d x = blur(dS/dmx) + 2 x blur(dS/dxx) + y blur(dS/dxy).
//
// A blur is one pass along the columns and one along the rows, each a sum of 11 shifted rows, so
// that loops run at unit stride and the sum stays in a register; rows have zeros on both sides, and
// a row of zeros stands for those above and below. Passes over [N,C,H,W]: probabilities (read,
// write); per plane, seven blurs within the cache (read, write); the way back through the softmax
// (two reads, one write).
#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "common/ssim_math.h"
#include "parallel.h"
#include "softmax_tiles.h"
#include "ssim.h"

namespace autoloss {
namespace AUTOLOSS_ISA {
namespace {

constexpr int kRadius = kSsimRadius;
constexpr int kTaps = kSsimTaps;

/// The planes of one thread, each height * width, and rows to blur with.
struct Planes {
  std::vector<float> mx, my, xx, xy, middle, y, valid;
  std::vector<float> nothing, padded;

  Planes(int64_t size, int64_t width)
      : mx(size),
        my(size),
        xx(size),
        xy(size),
        middle(size),
        y(size),
        valid(size),
        nothing(width),
        padded(width + 2 * kRadius) {}
};

/// to[i] = sum over k of window.taps[k] rows[k][i]
inline void add_rows(const float* const* rows, int64_t count, float* __restrict__ to) {
  constexpr SsimWindow window;
  for (int64_t i = 0; i < count; ++i) {
    float sum = 0.0f;
    for (int k = 0; k < kTaps; ++k) sum += window.taps[k] * rows[k][i];
    to[i] = sum;
  }
}

/// Replaces a plane by its blur.
void blur(float* plane, int64_t height, int64_t width, Planes& s) {
  const float* rows[kTaps];
  for (int64_t row = 0; row < height; ++row) {
    for (int k = 0; k < kTaps; ++k) {
      const int64_t other = row + k - kRadius;
      const bool inside = other >= 0 && other < height;
      rows[k] = inside ? plane + other * width : s.nothing.data();
    }
    add_rows(rows, width, s.middle.data() + row * width);
  }
  for (int k = 0; k < kTaps; ++k) rows[k] = s.padded.data() + k;
  for (int64_t row = 0; row < height; ++row) {
    std::memcpy(s.padded.data() + kRadius, s.middle.data() + row * width, sizeof(float) * width);
    add_rows(rows, width, plane + row * width);
  }
}

/// The sum of S over the pixels that count. Where wanted, mx, xx and xy become dS/dmx, dS/dxx and
/// dS/dxy, 0 in ignored pixels.
double similarity(int64_t plane, bool slopes, Planes& s) {
  double total = 0;
  for (int64_t begin = 0; begin < plane; begin += kMaxTile) {
    const int64_t end = std::min(plane, begin + kMaxTile);
    float sum = 0.0f;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = begin; i < end; ++i) {
      const SsimPoint point = ssim_point(s.mx[i], s.my[i], s.xx[i], s.xy[i], s.valid[i]);
      sum += point.value;
      if (slopes) {
        s.mx[i] = point.by_mean;
        s.xx[i] = point.by_square;
        s.xy[i] = point.by_product;
      }
    }
    total += sum;
  }
  return total;
}

/// One plane: the sum of S, and d loss / d x in place of x.
double plane_loss(const BatchArguments& in, const int32_t* label, int32_t own, float weight,
                  bool slopes, Planes& s, float* x) {
  const int64_t plane = in.plane();
  for (int64_t i = 0; i < plane; ++i) {
    s.valid[i] = label[i] < 0 ? 0.0f : 1.0f;
    s.y[i] = label[i] == own ? 1.0f : 0.0f;
    s.mx[i] = x[i];
    s.my[i] = s.y[i];
    s.xx[i] = x[i] * x[i];
    s.xy[i] = x[i] * s.y[i];
  }
  for (float* each : {s.mx.data(), s.my.data(), s.xx.data(), s.xy.data()}) {
    blur(each, in.height, in.width, s);
  }
  const double sum = similarity(plane, slopes, s);
  if (!slopes) return sum;
  for (float* each : {s.mx.data(), s.xx.data(), s.xy.data()}) {
    blur(each, in.height, in.width, s);
  }
  for (int64_t i = 0; i < plane; ++i) {
    x[i] = -weight * (s.mx[i] + 2 * x[i] * s.xx[i] + s.y[i] * s.xy[i]);
  }
  return sum;
}

}  // namespace

double ssim(const BatchArguments& in, int threads, float* work, bool slopes) {
  const int64_t plane = in.plane();
  std::vector<int32_t> labels(in.pixels());
  load_labels(in.labels, in.label_type, nullptr, 0, in.pixels(), in.classes, labels.data());
  double valid = 0;
  for (int32_t label : labels) valid += label >= 0;
  if (valid == 0) {
    if (slopes) std::memset(work, 0, sizeof(float) * in.elements());
    return 0;
  }
  const std::unique_ptr<float[]> kept(slopes ? new float[in.pixels()] : nullptr);
  write_probabilities(in, threads, kept.get(), work);
  const double weight = 1 / (valid * static_cast<double>(in.classes));
  std::vector<double> sums(in.images * in.classes);
  const auto make_planes = [&](int) { return Planes(plane, in.width); };
  for_tasks(threads, in.images * in.classes, make_planes, [&](Planes& planes, int64_t task) {
    sums[task] = plane_loss(in, labels.data() + task / in.classes * plane,
                            static_cast<int32_t>(task % in.classes), static_cast<float>(weight),
                            slopes, planes, work + task * plane);
  });
  double total = 0;
  for (double sum : sums) total += sum;
  if (slopes) through_softmax(in, threads, kept.get(), work);
  return 1 - weight * total;
}

}  // namespace AUTOLOSS_ISA
}  // namespace autoloss
