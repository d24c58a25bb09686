// Softmax over the classes, tile by tile: what the kernels of the overlap, Lovasz, SSIM and BF1
// losses begin and end with. Included only by files that are compiled once per instruction set.
#ifndef AUTOLOSS_CPU_SOFTMAX_TILES_H_
#define AUTOLOSS_CPU_SOFTMAX_TILES_H_

#include <omp.h>

#include <memory>

#include "batch.h"
#include "tile.h"

namespace {

/// A tile's labels, exponentials and their inverse sums, see exponentials().
struct SoftmaxTile {
  std::unique_ptr<float[]> e;  // a row of Tiling::size per class
  int32_t label[kMaxTile];     // -1 where ignored
  float inverse[kMaxTile];
  float dot[kMaxTile];  // room for sum over c of p_c d loss / d p_c

  SoftmaxTile(int64_t classes, int64_t size) : e(new float[classes * size]) {}
};

/// Runs body(tile, softmax, chunk) over all tiles, chunk by chunk.
template <class Body>
void for_softmax_tiles(const autoloss::BatchArguments& in, const Tiling& tiling, int threads,
                       Body body) {
#pragma omp parallel num_threads(threads) if (threads > 1)
  {
    SoftmaxTile s(in.classes, tiling.size);
#pragma omp for schedule(dynamic, 1)
    for (int64_t chunk = 0; chunk < tiling.chunks; ++chunk) {
      const int64_t last = tiling.first_of_chunk(chunk + 1);
      for (int64_t tile = tiling.first_of_chunk(chunk); tile < last; ++tile) {
        const int64_t image = tiling.image(tile), begin = tiling.begin(tile);
        load_labels(in.labels, in.label_type, nullptr, image * in.plane() + begin,
                    tiling.count(tile), in.classes, s.label);
        exponentials(in.logits + image * in.classes * in.plane() + begin, in.plane(), in.classes,
                     tiling.count(tile), s.e.get(), tiling.size, s.inverse);
        body(tile, s, chunk);
      }
    }
  }
}

/// softmax_c(logits) into out [N,C,H,W]; `ignored` in ignored pixels, whatever their logits are,
/// unless they are kept.
template <bool KeepIgnored = false>
inline void write_probabilities(const autoloss::BatchArguments& in, int threads, float* out,
                                float ignored = 0.0f) {
  const Tiling tiling(in.images, in.classes, in.plane());
  const float one = autoloss::hidden(1.0f);
  for_softmax_tiles(in, tiling, threads, [&](int64_t tile, SoftmaxTile& s, int64_t) {
    const int64_t count = tiling.count(tile);
    float* first = out + tiling.image(tile) * in.classes * in.plane() + tiling.begin(tile);
    for (int64_t c = 0; c < in.classes; ++c) {
      const float* __restrict__ e = s.e.get() + c * tiling.size;
      float* __restrict__ row = first + c * in.plane();
      for (int64_t i = 0; i < count; ++i) {
        const float p = probability(e[i], s.inverse[i], one);
        row[i] = !KeepIgnored && s.label[i] < 0 ? ignored : p;
      }
    }
  });
}

/// Turns d loss / d p, in place, into d loss / d logits = p (d loss / d p - sum_c p_c d loss / d
/// p_c). The softmax is computed again rather than kept: a read instead of a read and a write.
/// Ignored pixels get 0, unless they are kept.
template <bool KeepIgnored = false>
inline void through_softmax(const autoloss::BatchArguments& in, int threads, float* gradient) {
  const Tiling tiling(in.images, in.classes, in.plane());
  const float one = autoloss::hidden(1.0f);
  for_softmax_tiles(in, tiling, threads, [&](int64_t tile, SoftmaxTile& s, int64_t) {
    const int64_t count = tiling.count(tile);
    float* first = gradient + tiling.image(tile) * in.classes * in.plane() + tiling.begin(tile);
    for (int64_t i = 0; i < count; ++i) s.dot[i] = 0.0f;
    for (int64_t c = 0; c < in.classes; ++c) {
      float* __restrict__ e = s.e.get() + c * tiling.size;
      const float* __restrict__ row = first + c * in.plane();
      for (int64_t i = 0; i < count; ++i) {
        e[i] = probability(e[i], s.inverse[i], one);
        s.dot[i] += e[i] * row[i];
      }
    }
    for (int64_t c = 0; c < in.classes; ++c) {
      const float* __restrict__ p = s.e.get() + c * tiling.size;
      float* __restrict__ row = first + c * in.plane();
      for (int64_t i = 0; i < count; ++i) {
        const float value = p[i] * (row[i] - s.dot[i]);
        row[i] = !KeepIgnored && s.label[i] < 0 ? 0.0f : value;
      }
    }
  });
}

}  // namespace

#endif  // AUTOLOSS_CPU_SOFTMAX_TILES_H_
