// Softmax over the classes, tile by tile: what the kernels of all fused losses begin and end with.
// A first pass leaves 1 / sum of the exponentials of each pixel, so that a second pass needs
// neither the sums nor a place for exponentials. Included only by files that are compiled once per
// instruction set.
#ifndef AUTOLOSS_CPU_SOFTMAX_TILES_H_
#define AUTOLOSS_CPU_SOFTMAX_TILES_H_

#include "batch.h"
#include "common/scratch.h"
#include "parallel.h"
#include "tile.h"

namespace {

/// A tile's labels, exponentials and their inverse sums, see exponentials().
struct SoftmaxTile {
  autoloss::Room<float> e;      // a row of Tiling::size per class
  autoloss::Room<float> moved;  // likewise, where known_logits() needs it
  int32_t label[kMaxTile];      // -1 where ignored
  float inverse[kMaxTile];
  float dot[kMaxTile];  // room for sum over c of p_c d loss / d p_c

  SoftmaxTile(int64_t classes, int64_t size) : e(classes * size) {}
};

/// Runs body(tile, labelled, chunk) over all tiles, chunk by chunk, with their labels loaded.
/// Tile: SoftmaxTile, or what has more room.
template <class Tile, class Body>
void for_labelled_tiles(const autoloss::BatchArguments& in, const Tiling& tiling, int threads,
                        Body body) {
  const auto room = [&](int) { return Tile(in.classes, tiling.size); };
  for_tasks(threads, tiling.chunks, room, [&](Tile& s, int64_t chunk) {
    const int64_t last = tiling.first_of_chunk(chunk + 1);
    for (int64_t tile = tiling.first_of_chunk(chunk); tile < last; ++tile) {
      load_labels(in.labels, in.label_type, in.mask, tiling.pixel(tile), tiling.count(tile),
                  in.classes, s.label);
      body(tile, s, chunk);
    }
  });
}

/// Runs body(tile, softmax, chunk) over all tiles. Leaves inverse sums in kept [N,H,W] for
/// for_known_tiles, unless it is NULL.
template <class Tile = SoftmaxTile, class Body>
void for_softmax_tiles(const autoloss::BatchArguments& in, const Tiling& tiling, int threads,
                       float* kept, Body body) {
  for_labelled_tiles<Tile>(in, tiling, threads, [&](int64_t tile, Tile& s, int64_t chunk) {
    exponentials(in.logits + tiling.element(tile, in.classes), in.plane(), in.classes,
                 tiling.count(tile), s.e.data(), tiling.size, s.inverse,
                 kept == nullptr ? nullptr : kept + tiling.pixel(tile));
    body(tile, s, chunk);
  });
}

/// Runs body(tile, softmax, logits) over all tiles: s.inverse is known, s.e is room.
template <class Tile = SoftmaxTile, class Body>
void for_known_tiles(const autoloss::BatchArguments& in, const Tiling& tiling, int threads,
                     const float* kept, Body body) {
  for_labelled_tiles<Tile>(in, tiling, threads, [&](int64_t tile, Tile& s, int64_t) {
    body(tile, s,
         known_logits(in.logits + tiling.element(tile, in.classes), in.plane(), in.classes,
                      tiling.count(tile), kept + tiling.pixel(tile), s.inverse, s.moved,
                      tiling.size));
  });
}

/// softmax_c(logits) into out [N,C,H,W]; `ignored` in ignored pixels, whatever their logits are,
/// unless they are kept. Leaves inverse sums in kept, see for_softmax_tiles.
template <bool KeepIgnored = false>
inline void write_probabilities(const autoloss::BatchArguments& in, int threads, float* kept,
                                float* out, float ignored = 0.0f) {
  const Tiling tiling(in.images, in.classes, in.plane());
  for_softmax_tiles(in, tiling, threads, kept, [&](int64_t tile, SoftmaxTile& s, int64_t) {
    const Softmax softmax;
    const int64_t count = tiling.count(tile);
    const int32_t* __restrict__ label = s.label;
    const float* __restrict__ inverse = s.inverse;
    const float without = ignored;
    float* first = out + tiling.element(tile, in.classes);
    for (int64_t c = 0; c < in.classes; ++c) {
      const float* __restrict__ e = s.e.data() + c * tiling.size;
      float* __restrict__ row = first + c * in.plane();
      for (int64_t i = 0; i < count; ++i) {
        const float p = softmax.probability(e[i], inverse[i]);
        row[i] = !KeepIgnored && label[i] < 0 ? without : p;
      }
    }
  });
}

/// Turns d loss / d p, in place, into d loss / d logits = p (d loss / d p - sum_c p_c d loss / d
/// p_c). The softmax is computed again rather than kept: a read instead of a read and a write.
/// Ignored pixels get 0, unless they are kept.
template <bool KeepIgnored = false>
inline void through_softmax(const autoloss::BatchArguments& in, int threads, const float* kept,
                            float* gradient) {
  const Tiling tiling(in.images, in.classes, in.plane());
  for_known_tiles(in, tiling, threads, kept, [&](int64_t tile, SoftmaxTile& s, ClassRows logits) {
    const Softmax softmax;
    const int64_t count = tiling.count(tile);
    float* first = gradient + tiling.element(tile, in.classes);
    const ClassRows slopes{first, in.plane(), in.classes, count};
    for (int64_t i = 0; i < count; ++i) s.dot[i] = 0.0f;
    for (int64_t c = 0; c < in.classes; ++c) {
      const float* __restrict__ z = logits.in_order(c);
      const float* __restrict__ row = slopes.in_order(c);
      float* __restrict__ p = s.e.data() + c * tiling.size;
      for (int64_t i = 0; i < count; ++i) {
        p[i] = softmax.of_logit(z[i], s.inverse[i]);
        s.dot[i] += p[i] * row[i];
      }
    }
    for (int64_t c = 0; c < in.classes; ++c) {
      const float* __restrict__ p = s.e.data() + c * tiling.size;
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
