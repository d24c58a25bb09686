// RoIAlign and suppression beside the plain loops of the published algorithms, on the CPU.
//
// Build and run from the root, after a build of the library:
//   g++ -std=c++17 -O3 -march=native -fopenmp -Inative/include benchmarks/native/boxes.cpp
//     -Ltarget/native/lib -lautoloss -Wl,-rpath,$PWD/target/native/lib -o target/boxes
//   target/boxes
//
// The plain loops are those of plain_regions.h. RegionBenchmark measures both under JMH; here it is
// processor time, for a machine that others use too.
#include <omp.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <functional>
#include <numeric>
#include <random>
#include <vector>

#include "autoloss/ops.h"
#include "plain_regions.h"

namespace {

/// The least processor time of some runs, of all threads together, in ms: on a machine that others
/// use too, the clock on the wall says how busy they are.
double least(const std::function<void()>& body, int runs) {
  double best = 1e30;
  for (int i = 0; i < runs; ++i) {
    const std::clock_t start = std::clock();
    body();
    best = std::min(best, 1e3 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
  }
  return best;
}

double farthest(const std::vector<float>& a, const std::vector<float>& b) {
  double most = 0;
  for (size_t i = 0; i < a.size(); ++i) most = std::max<double>(most, std::abs(a[i] - b[i]));
  return most;
}

std::vector<float> boxes(int64_t n, float size, float least_side, float most_side, int seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> place(0, size), side(least_side, most_side);
  std::vector<float> out;
  for (int64_t i = 0; i < n; ++i) {
    const float x = place(random), y = place(random), w = side(random), h = side(random);
    out.insert(out.end(), {x, y, std::min(x + w, size), std::min(y + h, size)});
  }
  return out;
}

void compare_align() {
  const plain::Sizes s{256, 64, 64, 7, 2};
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  std::vector<float> features(s.channels * s.height * s.width), rois;
  for (float& f : features) f = normal(random);
  const std::vector<float> plain_boxes = boxes(512, 1024, 32, 400, 2);
  for (int64_t r = 0; r < 512; ++r) {
    rois.push_back(0);
    rois.insert(rois.end(), plain_boxes.begin() + 4 * r, plain_boxes.begin() + 4 * r + 4);
  }
  const float scale = 1.0f / 16;
  std::vector<float> a(512 * s.channels * 49), b(a), g(features), h(features);
  autoloss::Batch map{features.data(), nullptr, 1, s.channels, s.height,
                      s.width,         0,       2, -1,         nullptr};
  const autoloss::RoiGrid grid{7, 7, scale, 2, 0};
  omp_set_num_threads(1);
  autoloss::set_num_threads(1);
  double times[4] = {1e30, 1e30, 1e30, 1e30};
  for (int round = 0; round < 5; ++round) {  // by turns, as the machine may be busy
    const std::function<void()> runs[] = {
        [&] { plain::align(features.data(), rois.data(), 512, scale, s, 1, a.data()); },
        [&] { autoloss::roi_align(map, rois.data(), 512, grid, b.data()); },
        [&] { plain::gradient(a.data(), rois.data(), 512, scale, s, 1, g.data()); },
        [&] { autoloss::roi_align_gradient(map, rois.data(), 512, grid, a.data(), h.data()); }};
    for (int k = 0; k < 4; ++k) times[k] = std::min(times[k], least(runs[k], 4));
  }
  std::printf(
      "One thread, RoIAlign of 512 boxes on [1,256,64,64], 7x7, 2x2 samples, processor ms: plain "
      "%.1f ours %.1f (%.1f x); gradient plain %.1f ours %.1f (%.1f x); both %.1f x\n",
      times[0], times[1], times[0] / times[1], times[2], times[3], times[2] / times[3],
      (times[0] + times[2]) / (times[1] + times[3]));
  std::printf("largest difference %.1e of values, %.1e of gradients up to %.1f\n", farthest(a, b),
              farthest(g, h), *std::max_element(g.begin(), g.end()));
}

void time_suppression() {
  struct Case {
    const char* name;
    float size, least_side, most_side;
  };
  for (const Case& c : {Case{"large boxes", 1000, 20, 300}, Case{"small boxes", 1000, 8, 32},
                        Case{"hardly any overlap", 4000, 8, 16}}) {
    const std::vector<float> all = boxes(20000, c.size, c.least_side, c.most_side, 3);
    std::vector<float> scores(20000);
    std::mt19937 random(4);
    std::uniform_real_distribution<float> uniform;
    for (float& score : scores) score = uniform(random);
    std::vector<int64_t> kept(20000);
    for (double threshold : {0.3, 0.5, 0.7}) {
      int64_t count = 0;
      const double ms = least(
          [&] {
            count = autoloss::suppress_boxes(all.data(), scores.data(), nullptr, 20000, threshold,
                                             kept.data());
          },
          20);
      std::printf("NMS of 20,000 %s above %.1f: %.1f ms, %ld stay\n", c.name, threshold, ms,
                  static_cast<long>(count));
    }
  }
}

}  // namespace

int main() {
  compare_align();
  time_suppression();
}
