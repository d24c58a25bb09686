// Folds over square windows: the OR, minimum or maximum of all pixels within a radius.
//
// A square is separable, and a fold that may see an element twice needs no more than log2(window) +
// 1 passes over rows: windows of 1, 2, 4, ... elements, the last of which overlap. The passes run
// at unit stride over rows that are padded with the neutral element, so that they vectorise.
#ifndef AUTOLOSS_COMMON_WINDOWS_H_
#define AUTOLOSS_COMMON_WINDOWS_H_

#include <algorithm>
#include <cstdint>

#include "rows.h"

namespace autoloss {

/// Merge: an associative, commutative and idempotent operation, such as std::bit_or<Word>.
template <class Word, class Merge>
class SquareWindows {
 public:
  /// neutral: what is outside the image. A radius beyond the image is cut to it.
  SquareWindows(int64_t height, int64_t width, int64_t radius, Word neutral)
      : height_(height),
        width_(width),
        across_(std::min(radius, width)),
        down_(std::min(radius, height)),
        together_(rows_together(kTogether, width, height)),
        neutral_(neutral) {}

  /// Words of working memory that run() needs.
  int64_t workspace() const { return row_size(together_) + rows_size(); }

  /// Replaces each pixel of an image [H,W] by the fold over its window.
  void run(Word* image, Word* workspace) const {
    Word *padded = workspace, *rows = workspace + row_size(together_);
    std::fill(rows, rows + rows_size(), neutral_);
    for (int64_t y = 0; y < height_; y += together_) {
      const int64_t count = std::min(together_, height_ - y);
      std::fill(padded, padded + row_size(count), neutral_);
      for (int64_t r = 0; r < count; ++r) {
        std::copy(image + (y + r) * width_, image + (y + r + 1) * width_,
                  padded + r * stride() + across_);
      }
      fold(padded, row_size(count), 1, 2 * across_ + 1);
      for (int64_t r = 0; r < count; ++r) {
        std::copy(padded + r * stride(), padded + r * stride() + width_,
                  rows + (y + r + down_) * width_);
      }
    }
    fold(rows, rows_size(), width_, 2 * down_ + 1);
    std::copy(rows, rows + height_ * width_, image);
  }

 private:
  /// Pixels of rows that are folded together: the rows of small images are too short for loops of
  /// their own.
  static constexpr int64_t kTogether = 256;

  /// From a row to the next: what is neutral between them is behind one and before the other.
  int64_t stride() const { return width_ + across_; }
  int64_t row_size(int64_t rows) const { return rows * stride() + across_; }
  int64_t rows_size() const { return (height_ + 2 * down_) * width_; }

  /// Folds `window` blocks of `block` elements each, at every block: the result at i is that of
  /// [i, i + window * block) in steps of block. There are `count` elements, of which the results
  /// need (window - 1) * block fewer.
  static void fold(Word* data, int64_t count, int64_t block, int64_t window) {
    int64_t have = 1;
    while (have < window) {
      const int64_t step = std::min(have, window - have);
      const int64_t shift = step * block;
      count -= shift;
      // reads are ahead of writes, so vectors see what single elements would
#pragma GCC ivdep
      for (int64_t i = 0; i < count; ++i) data[i] = Merge{}(data[i], data[i + shift]);
      have += step;
    }
  }

  int64_t height_, width_, across_, down_, together_;
  Word neutral_;
};

}  // namespace autoloss

#endif  // AUTOLOSS_COMMON_WINDOWS_H_
