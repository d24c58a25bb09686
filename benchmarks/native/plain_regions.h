// RoIAlign by the published algorithm, as plain loops: what RegionBenchmark compares with.
//
// That is torchvision's algorithm on the CPU: weights of all samples of a region first, then each
// channel gathers four numbers a sample; its gradient scatters them. Threads share the regions, and
// in the gradient the channels, so that none needs atomic additions. PlainRegions.java calls it,
// for which the build of the benchmarks compiles it with -O3 -march=native.
#ifndef AUTOLOSS_BENCHMARKS_PLAIN_REGIONS_H_
#define AUTOLOSS_BENCHMARKS_PLAIN_REGIONS_H_

#include <algorithm>
#include <cstdint>
#include <vector>

namespace plain {

struct Sample {
  int at[4];
  float weight[4];
};

struct Sizes {
  int64_t channels, height, width, bins, samples;
};

/// The samples of a region, bin after bin.
inline std::vector<Sample> samples_of(const float* roi, float scale, const Sizes& s) {
  const float x1 = roi[1] * scale, y1 = roi[2] * scale;
  const float w = std::max(roi[3] * scale - x1, 1.0f), h = std::max(roi[4] * scale - y1, 1.0f);
  const float bin_w = w / s.bins, bin_h = h / s.bins;
  std::vector<Sample> out;
  for (int64_t p = 0; p < s.bins; ++p) {
    for (int64_t q = 0; q < s.bins; ++q) {
      for (int64_t i = 0; i < s.samples; ++i) {
        for (int64_t j = 0; j < s.samples; ++j) {
          float y = y1 + p * bin_h + (i + 0.5f) * bin_h / s.samples;
          float x = x1 + q * bin_w + (j + 0.5f) * bin_w / s.samples;
          Sample sample = {};
          if (y >= -1 && y <= s.height && x >= -1 && x <= s.width) {
            y = std::max(y, 0.0f);
            x = std::max(x, 0.0f);
            int y0 = static_cast<int>(y), x0 = static_cast<int>(x), yn = y0 + 1, xn = x0 + 1;
            if (y0 >= s.height - 1) y = static_cast<float>(y0 = yn = s.height - 1);
            if (x0 >= s.width - 1) x = static_cast<float>(x0 = xn = s.width - 1);
            const float ly = y - y0, lx = x - x0, hy = 1 - ly, hx = 1 - lx;
            const int w32 = static_cast<int>(s.width);
            sample = {{y0 * w32 + x0, y0 * w32 + xn, yn * w32 + x0, yn * w32 + xn},
                      {hy * hx, hy * lx, ly * hx, ly * lx}};
          }
          out.push_back(sample);
        }
      }
    }
  }
  return out;
}

/// regions [count,5] of features [channels,height,width] into out [count,channels,bins,bins].
inline void align(const float* features, const float* rois, int64_t count, float scale,
                  const Sizes& s, int threads, float* out) {
  const int64_t per = s.samples * s.samples, bins = s.bins * s.bins;
#pragma omp parallel for num_threads(threads)
  for (int64_t r = 0; r < count; ++r) {
    const std::vector<Sample> samples = samples_of(rois + 5 * r, scale, s);
    for (int64_t c = 0; c < s.channels; ++c) {
      const float* plane = features + c * s.height * s.width;
      const Sample* sample = samples.data();
      for (int64_t b = 0; b < bins; ++b) {
        float sum = 0;
        for (int64_t k = 0; k < per; ++k, ++sample) {
          for (int v = 0; v < 4; ++v) sum += sample->weight[v] * plane[sample->at[v]];
        }
        out[(r * s.channels + c) * bins + b] = sum / per;
      }
    }
  }
}

/// The gradient by the features from that by the result.
inline void gradient(const float* by_result, const float* rois, int64_t count, float scale,
                     const Sizes& s, int threads, float* gradient) {
  const int64_t per = s.samples * s.samples, bins = s.bins * s.bins;
  std::fill(gradient, gradient + s.channels * s.height * s.width, 0.0f);
  std::vector<std::vector<Sample>> samples(count);
#pragma omp parallel num_threads(threads)
  {
#pragma omp for
    for (int64_t r = 0; r < count; ++r) samples[r] = samples_of(rois + 5 * r, scale, s);
#pragma omp for
    for (int64_t c = 0; c < s.channels; ++c) {
      float* plane = gradient + c * s.height * s.width;
      for (int64_t r = 0; r < count; ++r) {
        const Sample* sample = samples[r].data();
        for (int64_t b = 0; b < bins; ++b) {
          const float g = by_result[(r * s.channels + c) * bins + b] / per;
          for (int64_t k = 0; k < per; ++k, ++sample) {
            for (int v = 0; v < 4; ++v) plane[sample->at[v]] += sample->weight[v] * g;
          }
        }
      }
    }
  }
}

/// As align, sizes one by one.
inline void roi_align(const float* features, const float* rois, int64_t count, float scale,
                      int64_t channels, int64_t height, int64_t width, int64_t bins,
                      int64_t samples, int threads, float* out) {
  align(features, rois, count, scale, {channels, height, width, bins, samples}, threads, out);
}

/// As gradient, sizes one by one.
inline void roi_align_gradient(const float* by_result, const float* rois, int64_t count,
                               float scale, int64_t channels, int64_t height, int64_t width,
                               int64_t bins, int64_t samples, int threads, float* to) {
  gradient(by_result, rois, count, scale, {channels, height, width, bins, samples}, threads, to);
}

}  // namespace plain

#endif  // AUTOLOSS_BENCHMARKS_PLAIN_REGIONS_H_
