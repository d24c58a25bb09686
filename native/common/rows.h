// How many rows of an image are taken together: those of small images are too short for loops of
// their own.
#ifndef AUTOLOSS_COMMON_ROWS_H_
#define AUTOLOSS_COMMON_ROWS_H_

#include <algorithm>
#include <cstdint>

namespace autoloss {

/// As many of `height` rows of `width` pixels, which may be 0, as have `pixels`; one at least.
static inline int64_t rows_together(int64_t pixels, int64_t width, int64_t height) {
  const int64_t rows = pixels / std::max<int64_t>(1, width);
  return std::max<int64_t>(1, std::min(rows, height));
}

}  // namespace autoloss

#endif  // AUTOLOSS_COMMON_ROWS_H_
