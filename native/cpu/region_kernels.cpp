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
#include <omp.h>

#include <memory>

#include "region.h"
#include "tile.h"

namespace autoloss {
namespace AUTOLOSS_ISA {
namespace {

/// The buffers of one thread.
struct Scratch {
  std::unique_ptr<float[]> e;       // a row of Tiling::size per class
  std::unique_ptr<float[]> scaled;  // p d loss / d p, likewise
  int32_t label[kMaxTile];
  float inverse[kMaxTile];   // see exponentials()
  float at_label[kMaxTile];  // p of the label's class; 0 where ignored
  float overlap[kMaxTile];   // fA(p) of the label's class
  float at_slope[kMaxTile];  // d loss / d p of the label's class
  float dot[kMaxTile];       // sum over c of p_c d loss / d p_c

  Scratch(int64_t classes, int64_t size)
      : e(new float[classes * size]), scaled(new float[classes * size]) {}
};

/// Labels and exponentials of a tile, and the probability of each pixel's own class.
void load(const RegionArguments& in, const Tiling& tiling, int64_t tile, Scratch& s) {
  const int64_t image = tiling.image(tile), begin = tiling.begin(tile), count = tiling.count(tile);
  load_labels(in.labels, in.label_type, in.mask, image * in.plane + begin, count, in.classes,
              s.label);
  exponentials(in.logits + image * in.classes * in.plane + begin, in.plane, in.classes, count,
               s.e.get(), tiling.size, s.inverse);
  const float* e = s.e.get();
  const float one = hidden(1.0f);
  for_labels(s.label, count, [&](int64_t i, int32_t label) {
    s.at_label[i] = label < 0 ? 0.0f : probability(e[label * tiling.size + i], s.inverse[i], one);
  });
}

template <int Pieces>
void add_overlap(const LocalCurve<Pieces> curve, int64_t count, Scratch& s, double* overlap,
                 double* labelled) {
#pragma omp simd
  for (int64_t i = 0; i < count; ++i) s.overlap[i] = curve_value(curve, s.at_label[i]);
  add_by_label(
      s.label, count, [&](int64_t i, int32_t) { return s.overlap[i]; }, overlap, labelled);
}

template <int Pieces>
void add_spill(const LocalCurve<Pieces> curve, int64_t classes, int64_t count, int64_t stride,
               const Scratch& s, double* spill) {
  const float one = hidden(1.0f);
  for (int64_t c = 0; c < classes; ++c) {
    const float* e = s.e.get() + c * stride;
    const int32_t own = static_cast<int32_t>(c);
    float sum = 0.0f;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < count; ++i) {
      const float value = curve_value(curve, probability(e[i], s.inverse[i], one));
      sum += s.label[i] < 0 || s.label[i] == own ? 0.0f : value;
    }
    spill[c] += sum;
  }
}

/// Runs body(tile, scratch, chunk) over all tiles, chunk by chunk.
template <class Body>
void for_tiles(const RegionArguments& in, const Tiling& tiling, int threads, Body body) {
#pragma omp parallel num_threads(threads) if (threads > 1)
  {
    Scratch scratch(in.classes, tiling.size);
#pragma omp for schedule(dynamic, 1)
    for (int64_t chunk = 0; chunk < tiling.chunks; ++chunk) {
      const int64_t last = tiling.first_of_chunk(chunk + 1);
      for (int64_t tile = tiling.first_of_chunk(chunk); tile < last; ++tile) {
        load(in, tiling, tile, scratch);
        body(tile, scratch, chunk);
      }
    }
  }
}

/// Sums of all chunks, added in order; `spills` says whether fO is summed at all.
template <bool Spills>
void sums(const RegionArguments& in, int threads, RegionSums out) {
  const Tiling tiling(in.images, in.classes, in.plane);
  const int64_t classes = in.classes, per_chunk = 3 * classes;
  const std::unique_ptr<double[]> partial(new double[tiling.chunks * per_chunk]());
  with_pieces(in.curves[0].count, [&](auto pieces) {
    constexpr int kPieces = decltype(pieces)::value;
    const LocalCurve<kPieces> soft_and(in.curves[0]), soft_or(in.curves[Spills ? 1 : 0]);
    for_tiles(in, tiling, threads, [&](int64_t tile, Scratch& s, int64_t chunk) {
      double* mine = partial.get() + chunk * per_chunk;
      const int64_t count = tiling.count(tile);
      add_overlap(soft_and, count, s, mine, mine + classes);
      if (Spills) {
        add_spill(soft_or, classes, count, tiling.size, s, mine + 2 * classes);
      }
    });
  });
  for (int64_t c = 0; c < classes; ++c) {
    out.overlap[c] = out.labelled[c] = 0;
    if (Spills) out.spill[c] = 0;
    for (int64_t chunk = 0; chunk < tiling.chunks; ++chunk) {
      const double* mine = partial.get() + chunk * per_chunk;
      out.overlap[c] += mine[c];
      out.labelled[c] += mine[classes + c];
      if (Spills) out.spill[c] += mine[2 * classes + c];
    }
  }
}

/// d loss / d p at the label's class, times 0 where the pixel is ignored.
template <int Pieces>
void slopes_at_labels(const LocalCurve<Pieces> curve, const float* slope, int64_t count,
                      Scratch& s) {
  for_labels(s.label, count,
             [&](int64_t i, int32_t label) { s.at_slope[i] = label < 0 ? 0.0f : slope[label]; });
#pragma omp simd
  for (int64_t i = 0; i < count; ++i) s.at_slope[i] *= curve_slope(curve, s.at_label[i]);
}

}  // namespace

void iou_sums(const RegionArguments& in, int threads, RegionSums out) {
  sums<true>(in, threads, out);
}

void accuracy_sums(const RegionArguments& in, int threads, RegionSums out) {
  sums<false>(in, threads, out);
}

void iou_gradient(const RegionArguments& in, int threads, RegionSlopes slopes, float* out) {
  const Tiling tiling(in.images, in.classes, in.plane);
  const int64_t stride = tiling.size;
  const float one = hidden(1.0f);
  with_pieces(in.curves[0].count, [&](auto pieces) {
    constexpr int kPieces = decltype(pieces)::value;
    const LocalCurve<kPieces> soft_and(in.curves[0]), soft_or(in.curves[1]);
    for_tiles(in, tiling, threads, [&](int64_t tile, Scratch& s, int64_t) {
      const int64_t count = tiling.count(tile);
      float* gradient = out + tiling.image(tile) * in.classes * in.plane + tiling.begin(tile);
      slopes_at_labels(soft_and, slopes.overlap, count, s);
      for (int64_t i = 0; i < count; ++i) s.dot[i] = 0.0f;
      for (int64_t c = 0; c < in.classes; ++c) {
        // e becomes p
        float* __restrict__ e = s.e.get() + c * stride;
        float* __restrict__ scaled = s.scaled.get() + c * stride;
        const int32_t own = static_cast<int32_t>(c);
        const float slope = slopes.spill[c];
        for (int64_t i = 0; i < count; ++i) {
          const float p = probability(e[i], s.inverse[i], one);
          const float other = slope * curve_slope(soft_or, p);
          const float product = p * (s.label[i] == own ? s.at_slope[i] : other);
          e[i] = p;
          scaled[i] = product;
          s.dot[i] += product;
        }
      }
      for (int64_t c = 0; c < in.classes; ++c) {
        const float* __restrict__ p = s.e.get() + c * stride;
        const float* __restrict__ scaled = s.scaled.get() + c * stride;
        float* __restrict__ row = gradient + c * in.plane;
        for (int64_t i = 0; i < count; ++i) {
          const float value = scaled[i] - p[i] * s.dot[i];
          row[i] = s.label[i] < 0 ? 0.0f : value;
        }
      }
    });
  });
}

void accuracy_gradient(const RegionArguments& in, int threads, RegionSlopes slopes, float* out) {
  const Tiling tiling(in.images, in.classes, in.plane);
  const float one = hidden(1.0f);
  with_pieces(in.curves[0].count, [&](auto pieces) {
    const LocalCurve<decltype(pieces)::value> soft_and(in.curves[0]);
    for_tiles(in, tiling, threads, [&](int64_t tile, Scratch& s, int64_t) {
      const int64_t count = tiling.count(tile);
      float* gradient = out + tiling.image(tile) * in.classes * in.plane + tiling.begin(tile);
      slopes_at_labels(soft_and, slopes.overlap, count, s);
      for (int64_t i = 0; i < count; ++i) s.dot[i] = s.at_slope[i] * s.at_label[i];
      for (int64_t c = 0; c < in.classes; ++c) {
        const float* e = s.e.get() + c * tiling.size;
        float* __restrict__ row = gradient + c * in.plane;
        const int32_t own = static_cast<int32_t>(c);
        for (int64_t i = 0; i < count; ++i) {
          const float p = probability(e[i], s.inverse[i], one);
          const float value = s.dot[i] * ((s.label[i] == own ? 1.0f : 0.0f) - p);
          row[i] = s.label[i] < 0 ? 0.0f : value;
        }
      }
    });
  });
}

}  // namespace AUTOLOSS_ISA
}  // namespace autoloss
