#include "data.h"

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

namespace checks {
namespace {

template <class T>
void append(std::vector<uint8_t>& bytes, T value) {
  const size_t at = bytes.size();
  bytes.resize(at + sizeof value);
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

/// A number in [0,1), the same with every standard library.
double uniform(std::mt19937_64& random) { return static_cast<double>(random() >> 11) * 0x1p-53; }

}  // namespace

std::string Shape::text() const {
  return "[" + std::to_string(n) + "," + std::to_string(c) + "," + std::to_string(h) + "," +
         std::to_string(w) + "]";
}

std::vector<Shape> awkward_shapes() {
  return {{1, 1, 1, 1},   {2, 2, 1, 33},   {1, 3, 7, 129}, {3, 5, 16, 16}, {2, 8, 33, 7},
          {1, 9, 11, 13}, {2, 21, 17, 31}, {1, 32, 9, 20}, {1, 33, 8, 9},  {1, 70, 5, 31}};
}

Batch Batch::random(const Shape& shape, uint64_t seed) {
  std::mt19937_64 random(seed);
  Batch batch{shape, {}, {}};
  batch.logits.resize(static_cast<size_t>(shape.elements()));
  batch.labels.resize(static_cast<size_t>(shape.pixels()));
  for (float& z : batch.logits) z = static_cast<float>(8 * uniform(random) - 4);
  int64_t label = 0;
  for (int64_t& y : batch.labels) {
    // a new patch every eight pixels or so
    if (random() % 8 == 0) label = static_cast<int64_t>(random() % static_cast<uint64_t>(shape.c));
    y = random() % 10 == 0 ? -1 : label;
  }
  return batch;
}

TypedLogits::TypedLogits(int type, const std::vector<float>& values) : type(type) {
  for (float value : values) {
    if (type == autoloss::LOGIT_FLOAT16) {
      const __half half = __float2half_rn(value);
      append(bytes, half);
      rounded.push_back(__half2float(half));
    } else if (type == autoloss::LOGIT_BFLOAT16) {
      const __nv_bfloat16 half = __float2bfloat16_rn(value);
      append(bytes, half);
      rounded.push_back(__bfloat162float(half));
    } else {
      append(bytes, value);
      rounded.push_back(value);
    }
  }
}

std::vector<uint8_t> typed_labels(int type, const std::vector<int64_t>& labels) {
  std::vector<uint8_t> bytes;
  for (int64_t label : labels) {
    if (type == autoloss::LABEL_UINT8) {
      append(bytes, static_cast<uint8_t>(label < 0 ? 255 : label));
    } else if (type == autoloss::LABEL_INT32) {
      append(bytes, static_cast<int32_t>(label));
    } else {
      append(bytes, label);
    }
  }
  return bytes;
}

double relative_difference(const std::vector<float>& a, const std::vector<float>& b, double floor) {
  double difference = 0, norm = 0;
  for (size_t i = 0; i < b.size(); ++i) {
    if (std::isnan(a[i]) && std::isnan(b[i])) continue;
    if (a[i] == b[i]) continue;  // infinities among them
    difference += (static_cast<double>(a[i]) - b[i]) * (static_cast<double>(a[i]) - b[i]);
    norm += static_cast<double>(b[i]) * b[i];
  }
  return std::sqrt(difference) / std::max(std::sqrt(norm), floor);
}

}  // namespace checks
