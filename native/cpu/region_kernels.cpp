// Sums and gradients of the region surrogates: mIoU, FWIoU (intersection over union), mAcc, gAcc
// (accuracies).
//
//   I_c = sum m fA(p_c) y_c              overlap
//   U_c = sum m (fO(p_c) + y_c - fO(p_c) y_c) = spill_c + labelled_c
//
// for the label y_c is 0 or 1: a pixel adds fO(p_c) to the spill of each class that it is not, and
// 1 to the union of the one that it is. So fA is evaluated once a pixel, at its label; fO at the
// other classes.
//
// Passes over [N,C,H,W]: the sums read the logits once; the gradient reads them again, recomputes
// the softmax, and writes itself. Nothing else of that size is touched; a tile's probabilities stay
// in the first- and second-level caches, and what is read twice is not left in the gradient: planes
// of 2^k pixels meet in few lines of a cache. Per element each pass costs an exponential, a square
// root and a division.
#include "common/scratch.h"
#include "region.h"
#include "softmax_tiles.h"

namespace autoloss {
namespace AUTOLOSS_ISA {
namespace {

/// The buffers of one thread.
struct RegionTile : SoftmaxTile {
  Room<float> scaled;        // p d loss / d p, a row of Tiling::size per class
  float at_label[kMaxTile];  // p of the label's class; 0 where ignored
  float overlap[kMaxTile];   // fA(p) of the label's class
  float at_slope[kMaxTile];  // d loss / d p of the label's class

  RegionTile(int64_t classes, int64_t size) : SoftmaxTile(classes, size), scaled(classes * size) {}
};

template <int Pieces>
void add_overlap(const LocalCurve<Pieces> curve, int64_t count, RegionTile& s, double* overlap,
                 double* labelled) {
#pragma omp simd
  for (int64_t i = 0; i < count; ++i) s.overlap[i] = curve_value(curve, s.at_label[i]);
  add_by_label(
      s.label, count, [&](int64_t i, int32_t) { return s.overlap[i]; }, overlap, labelled);
}

template <int Pieces>
void add_spill(const LocalCurve<Pieces> curve, int64_t classes, int64_t count, int64_t stride,
               const RegionTile& s, double* spill) {
  const Softmax softmax;
  for (int64_t c = 0; c < classes; ++c) {
    const float* e = s.e.data() + c * stride;
    const int32_t own = static_cast<int32_t>(c);
    float sum = 0.0f;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < count; ++i) {
      const float value = curve_value(curve, softmax.probability(e[i], s.inverse[i]));
      sum += s.label[i] < 0 || s.label[i] == own ? 0.0f : value;
    }
    spill[c] += sum;
  }
}

/// Sums of all chunks, added in order; `spills` says whether fO is summed at all.
template <bool Spills>
void sums(const RegionArguments& in, int threads, RegionSums out) {
  const Tiling tiling(in.batch.images, in.batch.classes, in.batch.plane());
  const int64_t classes = in.batch.classes, per_chunk = 3 * classes;
  Zeros<double> partial(tiling.chunks * per_chunk);
  with_pieces(in.curves[0].count, [&](auto pieces) {
    constexpr int kPieces = decltype(pieces)::value;
    const LocalCurve<kPieces> soft_and(in.curves[0]), soft_or(in.curves[Spills ? 1 : 0]);
    for_softmax_tiles<RegionTile>(
        in.batch, tiling, threads, in.kept, [&](int64_t tile, RegionTile& s, int64_t chunk) {
          const Softmax softmax;
          const float* e = s.e.data();
          const int64_t count = tiling.count(tile);
          for_labels(s.label, count, [&](int64_t i, int32_t label) {
            s.at_label[i] =
                label < 0 ? 0.0f : softmax.probability(e[label * tiling.size + i], s.inverse[i]);
          });
          double* mine = partial.data() + chunk * per_chunk;
          add_overlap(soft_and, count, s, mine, mine + classes);
          if (Spills) add_spill(soft_or, classes, count, tiling.size, s, mine + 2 * classes);
        });
  });
  for (int64_t c = 0; c < classes; ++c) {
    out.overlap[c] = out.labelled[c] = 0;
    if (Spills) out.spill[c] = 0;
    for (int64_t chunk = 0; chunk < tiling.chunks; ++chunk) {
      const double* mine = partial.data() + chunk * per_chunk;
      out.overlap[c] += mine[c];
      out.labelled[c] += mine[classes + c];
      if (Spills) out.spill[c] += mine[2 * classes + c];
    }
  }
}

/// p at the label's class and d loss / d p there, 0 where the pixel is ignored.
template <int Pieces>
void slopes_at_labels(const LocalCurve<Pieces> curve, const float* slope, const ClassRows logits,
                      int64_t count, RegionTile& s) {
  const Softmax softmax;
  for_labels(s.label, count, [&](int64_t i, int32_t label) {
    s.at_label[i] = label < 0 ? 0.0f : logits.of_class(label)[i];
    s.at_slope[i] = label < 0 ? 0.0f : slope[label];
  });
  for (int64_t i = 0; i < count; ++i) {
    const float p = softmax.of_logit(s.at_label[i], s.inverse[i]);
    s.at_label[i] = s.label[i] < 0 ? 0.0f : p;
  }
#pragma omp simd
  for (int64_t i = 0; i < count; ++i) s.at_slope[i] *= curve_slope(curve, s.at_label[i]);
}

/// Writes the gradient tile by tile: write(s, logits, stride, count, first) writes that of a tile
/// whose slopes at the labels are known.
template <int Pieces, class Write>
void for_gradient_tiles(const RegionArguments& in, int threads, const float* overlap_slope,
                        float* out, Write write) {
  const int64_t classes = in.batch.classes;
  const Tiling tiling(in.batch.images, classes, in.batch.plane());
  const LocalCurve<Pieces> soft_and(in.curves[0]);
  for_known_tiles<RegionTile>(
      in.batch, tiling, threads, in.kept, [&](int64_t tile, RegionTile& s, ClassRows logits) {
        const int64_t count = tiling.count(tile);
        slopes_at_labels(soft_and, overlap_slope, logits, count, s);
        write(s, logits, tiling.size, count, out + tiling.element(tile, classes));
      });
}

}  // namespace

void iou_sums(const RegionArguments& in, int threads, RegionSums out) {
  sums<true>(in, threads, out);
}

void accuracy_sums(const RegionArguments& in, int threads, RegionSums out) {
  sums<false>(in, threads, out);
}

void iou_gradient(const RegionArguments& in, int threads, RegionSlopes slopes, float* out) {
  const int64_t classes = in.batch.classes, plane = in.batch.plane();
  with_pieces(in.curves[0].count, [&](auto pieces) {
    constexpr int kPieces = decltype(pieces)::value;
    const LocalCurve<kPieces> soft_or(in.curves[1]);
    const auto write = [&](RegionTile& s, ClassRows logits, int64_t stride, int64_t count,
                           float* first) {
      const Softmax softmax;
      for (int64_t i = 0; i < count; ++i) s.dot[i] = 0.0f;
      for (int64_t c = 0; c < classes; ++c) {
        const float* __restrict__ z = logits.in_order(c);
        float* __restrict__ e = s.e.data() + c * stride;
        float* __restrict__ scaled = s.scaled.data() + c * stride;
        const int32_t own = static_cast<int32_t>(c);
        const float slope = slopes.spill[c];
        // two loops, for one would be a chain too long for a processor to overlap many
        for (int64_t i = 0; i < count; ++i) e[i] = softmax.of_logit(z[i], s.inverse[i]);
        for (int64_t i = 0; i < count; ++i) {
          const float p = e[i];
          const float other = slope * curve_slope(soft_or, p);
          const float product = p * (s.label[i] == own ? s.at_slope[i] : other);
          scaled[i] = product;
          s.dot[i] += product;
        }
      }
      for (int64_t c = 0; c < classes; ++c) {
        const float* __restrict__ p = s.e.data() + c * stride;
        const float* __restrict__ scaled = s.scaled.data() + c * stride;
        float* __restrict__ row = first + c * plane;
        for (int64_t i = 0; i < count; ++i) {
          const float value = scaled[i] - p[i] * s.dot[i];
          row[i] = s.label[i] < 0 ? 0.0f : value;
        }
      }
    };
    for_gradient_tiles<kPieces>(in, threads, slopes.overlap, out, write);
  });
}

void accuracy_gradient(const RegionArguments& in, int threads, RegionSlopes slopes, float* out) {
  const int64_t classes = in.batch.classes, plane = in.batch.plane();
  const auto write = [&](RegionTile& s, ClassRows logits, int64_t, int64_t count, float* first) {
    const Softmax softmax;
    for (int64_t i = 0; i < count; ++i) s.dot[i] = s.at_slope[i] * s.at_label[i];
    for (int64_t c = 0; c < classes; ++c) {
      const float* __restrict__ z = logits.in_order(c);
      float* __restrict__ row = first + c * plane;
      const int32_t own = static_cast<int32_t>(c);
      for (int64_t i = 0; i < count; ++i) {
        const float p = softmax.of_logit(z[i], s.inverse[i]);
        const float value = s.dot[i] * ((s.label[i] == own ? 1.0f : 0.0f) - p);
        row[i] = s.label[i] < 0 ? 0.0f : value;
      }
    }
  };
  with_pieces(in.curves[0].count, [&](auto pieces) {
    for_gradient_tiles<decltype(pieces)::value>(in, threads, slopes.overlap, out, write);
  });
}

}  // namespace AUTOLOSS_ISA
}  // namespace autoloss
