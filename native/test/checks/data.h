// Batches for checks and benchmarks: random ones that are the same each time, and awkward ones.
#ifndef AUTOLOSS_TEST_CHECKS_DATA_H_
#define AUTOLOSS_TEST_CHECKS_DATA_H_

#include <cstdint>
#include <string>
#include <vector>

#include "autoloss/ops.h"
#include "memory.h"

namespace checks {

/// Sizes of a batch.
struct Shape {
  int64_t n, c, h, w;

  int64_t pixels() const { return n * h * w; }
  int64_t elements() const { return pixels() * c; }
  std::string text() const;
};

/// Sizes that are awkward for blocks, warps and vectors.
std::vector<Shape> awkward_shapes();

/// A batch on the host.
struct Batch {
  Shape shape;
  std::vector<float> logits;
  std::vector<int64_t> labels;

  /// Logits from -4 to 4; labels in patches, as in images, and some 10 % ignored.
  static Batch random(const Shape& shape, uint64_t seed);
};

/// The logits as they are in a type of the GPU: rounded to it, and the bytes to upload.
struct TypedLogits {
  int type;                    // a LogitType
  std::vector<uint8_t> bytes;  // in that type
  std::vector<float> rounded;  // what these bytes mean

  TypedLogits(int type, const std::vector<float>& values);
};

/// The labels as bytes of a label type. An ignored one stays ignored.
std::vector<uint8_t> typed_labels(int type, const std::vector<int64_t>& labels);

/// |a - b| / max(|b|, floor). Not finite if one of them has a NaN where the other has none.
double relative_difference(const std::vector<float>& a, const std::vector<float>& b,
                           double floor = 1e-30);

}  // namespace checks

#endif  // AUTOLOSS_TEST_CHECKS_DATA_H_
