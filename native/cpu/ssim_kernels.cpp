// Structural similarity of class probability maps and one-hot labels, value and gradient.
//
// For a class, x = m p and y = m (label is c); blur() is the Gaussian window, with zeros outside
// the image:
//   mx = blur(x), my = blur(y), xx = blur(x^2), xy = blur(x y), and blur(y^2) = my as y is 0 or 1
//   S = (2 mx my + c1) (2 (xy - mx my) + c2) / ((mx^2 + my^2 + c1) (xx - mx^2 + my - my^2 + c2))
// The blur is its own adjoint, so the gradient is three more blurs:
//   d sum S / d x = blur(dS/dmx) + 2 x blur(dS/dxx) + y blur(dS/dxy).
//
// A blur is one pass along the columns and one along the rows, each a sum of 11 shifted values, so
// that loops run at unit stride and the sum stays in a register. Passes over [N,C,H,W]:
// probabilities (read, write); per plane, seven blurs within the cache (read, write); the way back
// through the softmax (two reads, one write).
#include <algorithm>
#include <cstring>

#include "common/scratch.h"
#include "common/ssim_math.h"
#include "parallel.h"
#include "softmax_tiles.h"
#include "ssim.h"

namespace autoloss {
namespace AUTOLOSS_ISA {
namespace {

constexpr int kRadius = kSsimRadius;
constexpr int kTaps = kSsimTaps;

/// How the planes of one thread lie in memory: rows have kRadius zeros behind them, which are those
/// before the next row too, and there are kRadius rows of zeros above and below. So a sum of
/// shifted values needs no look at where the image ends, and is one loop over all rows: those of
/// small images fill no vector.
struct Layout {
  int64_t height, width;

  int64_t stride() const { return width + kRadius; }
  /// All rows, with the zeros behind them.
  int64_t count() const { return height * stride(); }
  /// What lies before the first row.
  int64_t before() const { return kRadius * stride() + kRadius; }
  int64_t size() const { return count() + 2 * before(); }
};

/// The planes of one thread; each begins at its first row.
struct Planes {
  static constexpr int kPlanes = 6;

  const Layout layout;
  Zeros<float> memory;
  float *mx, *my, *xx, *xy, *middle, *y;
  Zeros<float> valid;

  Planes(int64_t height, int64_t width)
      : layout{height, width}, memory(kPlanes * layout.size()), valid(layout.count()) {
    float* next = memory.data() + layout.before();
    for (float** plane : {&mx, &my, &xx, &xy, &middle, &y}) {
      *plane = next;
      next += layout.size();
    }
  }
};

/// to[i] = sum over k of window.taps[k] from[i + (k - kRadius) step]
inline void add_shifted(const float* from, int64_t step, int64_t count, float* __restrict__ to) {
  constexpr SsimWindow window;
  for (int64_t i = 0; i < count; ++i) {
    float sum = 0.0f;
    for (int k = 0; k < kTaps; ++k) sum += window.taps[k] * from[i + (k - kRadius) * step];
    to[i] = sum;
  }
}

/// Replaces a plane by its blur; what is behind rows is no zero any more.
void blur(float* plane, Planes& s) {
  add_shifted(plane, s.layout.stride(), s.layout.count(), s.middle);
  add_shifted(s.middle, 1, s.layout.count(), plane);
}

/// The sum of S over the pixels that count. Where wanted, mx, xx and xy become dS/dmx, dS/dxx and
/// dS/dxy, 0 in ignored pixels and behind rows.
double similarity(bool slopes, Planes& s) {
  const int64_t count = s.layout.count();
  double total = 0;
  for (int64_t begin = 0; begin < count; begin += kMaxTile) {
    const int64_t end = std::min(count, begin + kMaxTile);
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

/// Puts the maps of a class into the planes.
void load(const int32_t* label, int32_t own, const float* x, Planes& s) {
  const int64_t width = s.layout.width, stride = s.layout.stride();
  for (int64_t row = 0; row < s.layout.height; ++row) {
    const int32_t* l = label + row * width;
    const float* from = x + row * width;
    const int64_t first = row * stride;
    float* __restrict__ valid = s.valid.data() + first, * __restrict__ y = s.y + first;
    float* __restrict__ mx = s.mx + first, * __restrict__ my = s.my + first;
    float* __restrict__ xx = s.xx + first, * __restrict__ xy = s.xy + first;
    for (int64_t i = 0; i < width; ++i) {
      const float here = l[i] == own ? 1.0f : 0.0f;
      valid[i] = l[i] < 0 ? 0.0f : 1.0f;
      y[i] = my[i] = here;
      mx[i] = from[i];
      xx[i] = from[i] * from[i];
      xy[i] = from[i] * here;
    }
    for (float* each : {mx, my, xx, xy}) std::fill(each + width, each + stride, 0.0f);
  }
}

/// One plane: the sum of S, and d loss / d x in place of x.
double plane_loss(const int32_t* label, int32_t own, float weight, bool slopes, Planes& s,
                  float* x) {
  load(label, own, x, s);
  for (float* each : {s.mx, s.my, s.xx, s.xy}) blur(each, s);
  const double sum = similarity(slopes, s);
  if (!slopes) return sum;
  for (float* each : {s.mx, s.xx, s.xy}) blur(each, s);
  const int64_t width = s.layout.width;
  for (int64_t row = 0; row < s.layout.height; ++row) {
    const int64_t first = row * s.layout.stride();
    const float *mx = s.mx + first, *xx = s.xx + first, *xy = s.xy + first, *y = s.y + first;
    float* __restrict__ out = x + row * width;
    for (int64_t i = 0; i < width; ++i) {
      out[i] = -weight * (mx[i] + 2 * out[i] * xx[i] + y[i] * xy[i]);
    }
  }
  return sum;
}

}  // namespace

double ssim(const BatchArguments& in, int threads, float* work, bool slopes) {
  const int64_t plane = in.plane();
  Room<int32_t> labels(in.pixels());
  load_labels(in.labels, in.label_type, nullptr, 0, in.pixels(), in.classes, labels.data());
  int64_t valid = 0;
  for (int32_t label : labels) valid += label >= 0;
  if (valid == 0) {
    if (slopes) std::memset(work, 0, sizeof(float) * in.elements());
    return 0;
  }
  Room<float> kept(slopes ? in.pixels() : 0);
  write_probabilities(in, threads, kept.data(), work);
  const double weight = 1 / (static_cast<double>(valid) * static_cast<double>(in.classes));
  Room<double> sums(in.images * in.classes);
  const auto make_planes = [&](int) { return Planes(in.height, in.width); };
  for_tasks(threads, in.images * in.classes, make_planes, [&](Planes& planes, int64_t task) {
    sums[task] = plane_loss(labels.data() + task / in.classes * plane,
                            static_cast<int32_t>(task % in.classes), static_cast<float>(weight),
                            slopes, planes, work + task * plane);
  });
  double total = 0;
  for (double sum : sums) total += sum;
  if (slopes) through_softmax(in, threads, kept.data(), work);
  return 1 - weight * total;
}

}  // namespace AUTOLOSS_ISA
}  // namespace autoloss
