// Folds over square windows: the OR, minimum or maximum of all pixels within a radius.
//
// A square is separable, and a fold that may see an element twice needs no more than log2(window) +
// 1 passes over a row: windows of 1, 2, 4, ... elements, the last of which overlap. The passes run
// at unit stride over rows that are padded with the neutral element, so that they vectorise.
#ifndef AUTOLOSS_COMMON_WINDOWS_H_
#define AUTOLOSS_COMMON_WINDOWS_H_

#include <algorithm>
#include <cstdint>

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
        neutral_(neutral) {}

  /// Words of working memory that run() needs.
  int64_t workspace() const { return row_size() + rows_size(); }

  /// Replaces each pixel of an image [H,W] by the fold over its window.
  void run(Word* image, Word* workspace) const {
    Word *row = workspace, *rows = workspace + row_size();
    std::fill(rows, rows + rows_size(), neutral_);
    for (int64_t y = 0; y < height_; ++y) {
      std::fill(row, row + row_size(), neutral_);
      std::copy(image + y * width_, image + (y + 1) * width_, row + across_);
      fold(row, row_size(), 1, 2 * across_ + 1);
      std::copy(row, row + width_, rows + (y + down_) * width_);
    }
    fold(rows, rows_size(), width_, 2 * down_ + 1);
    std::copy(rows, rows + height_ * width_, image);
  }

 private:
  int64_t row_size() const { return width_ + 2 * across_; }
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

  int64_t height_, width_, across_, down_;
  Word neutral_;
};

}  // namespace autoloss

#endif  // AUTOLOSS_COMMON_WINDOWS_H_
