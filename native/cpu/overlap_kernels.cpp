// Sums and gradients of the overlap losses: Dice, Tversky, Jaccard.
//
//   I_c = sum m p_c y_c,  S_c = sum m p_c  or  sum m p_c^2,  G_c = sum m y_c
//
// Passes over [N,C,H,W]: the sums read the logits once; the gradient reads them again and writes
// itself. Per element an exponential in each; no square root, no division.
#include "common/scratch.h"
#include "overlap.h"
#include "softmax_tiles.h"

namespace autoloss {
namespace AUTOLOSS_ISA {
namespace {

template <bool Squared>
void add_tile(const BatchArguments& in, int64_t count, int64_t stride, const SoftmaxTile& s,
              double* overlap, double* size, double* labelled) {
  float valid[kMaxTile];  // 1 / sum of exponentials; 0 where ignored
  for (int64_t i = 0; i < count; ++i) valid[i] = s.label[i] < 0 ? 0.0f : s.inverse[i];
  const Softmax softmax;
  for (int64_t c = 0; c < in.classes; ++c) {
    const float* e = s.e.data() + c * stride;
    float sum = 0.0f;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < count; ++i) {
      // the exponential of an ignored pixel may be NaN
      const float p = s.label[i] < 0 ? 0.0f : softmax.probability(e[i], valid[i]);
      sum += Squared ? p * p : p;
    }
    size[c] += sum;
  }
  const float* e = s.e.data();
  add_by_label(
      s.label, count,
      [&](int64_t i, int32_t label) {
        return softmax.probability(e[label * stride + i], s.inverse[i]);
      },
      overlap, labelled);
}

template <bool Squared>
void sums(const BatchArguments& in, int threads, float* kept, OverlapSums out) {
  const Tiling tiling(in.images, in.classes, in.plane());
  const int64_t classes = in.classes, per_chunk = 3 * classes;
  Zeros<double> partial(tiling.chunks * per_chunk);
  for_softmax_tiles(in, tiling, threads, kept, [&](int64_t tile, SoftmaxTile& s, int64_t chunk) {
    double* mine = partial.data() + chunk * per_chunk;
    add_tile<Squared>(in, tiling.count(tile), tiling.size, s, mine, mine + classes,
                      mine + 2 * classes);
  });
  for (int64_t c = 0; c < classes; ++c) {
    out.overlap[c] = out.size[c] = out.labelled[c] = 0;
    for (int64_t chunk = 0; chunk < tiling.chunks; ++chunk) {
      const double* mine = partial.data() + chunk * per_chunk;
      out.overlap[c] += mine[c];
      out.size[c] += mine[classes + c];
      out.labelled[c] += mine[2 * classes + c];
    }
  }
}

template <bool Squared>
void gradient_of(const BatchArguments& in, int threads, const float* kept,
                 const float* overlap_slope, const float* size_slope, float* out) {
  const Tiling tiling(in.images, in.classes, in.plane());
  for_known_tiles(in, tiling, threads, kept, [&](int64_t tile, SoftmaxTile& s, ClassRows logits) {
    const Softmax softmax;
    const int64_t count = tiling.count(tile);
    float* first = out + tiling.element(tile, in.classes);
    for (int64_t i = 0; i < count; ++i) s.dot[i] = 0.0f;
    for (int64_t c = 0; c < in.classes; ++c) {
      // the dot product needs p d loss / d p, which the second loop finds again
      const float* __restrict__ z = logits.in_order(c);
      float* __restrict__ e = s.e.data() + c * tiling.size;
      const int32_t own = static_cast<int32_t>(c);
      const float overlap = overlap_slope[c], size = size_slope[c];
      for (int64_t i = 0; i < count; ++i) {
        const float p = softmax.of_logit(z[i], s.inverse[i]);
        const float slope =
            (Squared ? 2.0f * size * p : size) + (s.label[i] == own ? overlap : 0.0f);
        e[i] = p;
        s.dot[i] += p * slope;
      }
    }
    for (int64_t c = 0; c < in.classes; ++c) {
      const float* __restrict__ e = s.e.data() + c * tiling.size;
      float* __restrict__ row = first + c * in.plane();
      const int32_t own = static_cast<int32_t>(c);
      const float overlap = overlap_slope[c], size = size_slope[c];
      for (int64_t i = 0; i < count; ++i) {
        const float p = e[i];
        const float slope =
            (Squared ? 2.0f * size * p : size) + (s.label[i] == own ? overlap : 0.0f);
        const float value = p * (slope - s.dot[i]);
        row[i] = s.label[i] < 0 ? 0.0f : value;
      }
    }
  });
}

}  // namespace

void overlap_sums(const BatchArguments& in, bool squared, int threads, float* kept,
                  OverlapSums out) {
  squared ? sums<true>(in, threads, kept, out) : sums<false>(in, threads, kept, out);
}

void overlap_gradient(const BatchArguments& in, bool squared, int threads, const float* kept,
                      const float* overlap_slope, const float* size_slope, float* gradient) {
  squared ? gradient_of<true>(in, threads, kept, overlap_slope, size_slope, gradient)
          : gradient_of<false>(in, threads, kept, overlap_slope, size_slope, gradient);
}

}  // namespace AUTOLOSS_ISA
}  // namespace autoloss
