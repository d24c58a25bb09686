// Pairwise IoU and greedy suppression. Compiled without contraction of products and sums, so that
// every instruction set decides alike.
//
// IoU is at most what it is along one axis. If that is above t, the centre of the other interval is
// within w (1 - t) / (2 t) of that of one with the width w, however wide the other is. So kept
// boxes are sorted into a grid by their centres, and a candidate looks at few cells. A cell holds
// its boxes in chunks as long as a vector, and divides only where a product says that the ratio may
// be above the threshold.
#include <algorithm>
#include <cmath>
#include <vector>

#include "boxes.h"
#include "common/box_math.h"
#include "parallel.h"

namespace autoloss {
namespace AUTOLOSS_ISA {
namespace {

constexpr int64_t kMostCells = 64;  // along an axis

/// Boxes side by side.
constexpr int kLanes = 16;

/// Boxes that overlap none, until others take their places.
struct Chunk {
  float x1[kLanes], y1[kLanes], x2[kLanes], y2[kLanes], area[kLanes];

  Chunk() {
    std::fill(x1, x1 + kLanes, 1e30f);
    std::fill(y1, y1 + kLanes, 1e30f);
    std::fill(x2, x2 + kLanes, -1e30f);
    std::fill(y2, y2 + kLanes, -1e30f);
    std::fill(area, area + kLanes, 0.0f);
  }
};

/// What a box is compared with: `nearly` is a little below the threshold.
struct Threshold {
  float exact, nearly;
};

/// The area that a box shares with a place of a chunk.
inline float shared_area(const Chunk& chunk, int lane, const Box& box) {
  const float w = std::min(chunk.x2[lane], box.x2) - std::max(chunk.x1[lane], box.x1);
  const float h = std::min(chunk.y2[lane], box.y2) - std::max(chunk.y1[lane], box.y1);
  return std::max(w, 0.0f) * std::max(h, 0.0f);
}

/// Kept boxes of a cell of the grid.
class Cell {
 public:
  void add(const Box& box, float area) {
    const int lane = count_++ % kLanes;
    if (lane == 0) chunks_.emplace_back();
    Chunk& chunk = chunks_.back();
    chunk.x1[lane] = box.x1;
    chunk.y1[lane] = box.y1;
    chunk.x2[lane] = box.x2;
    chunk.y2[lane] = box.y2;
    chunk.area[lane] = area;
  }

  /// Whether one of them overlaps a box by more than the threshold.
  bool covers(const Box& box, float area, const Threshold& threshold) const {
    for (const Chunk& chunk : chunks_) {
      int maybe = 0;
#pragma omp simd reduction(| : maybe)
      for (int i = 0; i < kLanes; ++i) {
        const float both = shared_area(chunk, i, box);
        maybe |= both > threshold.nearly * (chunk.area[i] + area - both);
      }
      for (int i = 0; maybe != 0 && i < kLanes; ++i) {
        const float both = shared_area(chunk, i, box);
        if (both / (chunk.area[i] + area - both) > threshold.exact) return true;
      }
    }
    return false;
  }

 private:
  std::vector<Chunk> chunks_;
  int count_ = 0;
};

/// An axis of the grid: its cells, and which of them lie between two numbers.
struct Axis {
  float first = 0, scale = 0;
  int64_t cells = 1;

  Axis(float least, float last, float side, float most) : first(least) {
    if (!(last > least)) return;
    cells = static_cast<int64_t>(std::clamp((last - least) / side, 1.0f, most));
    scale = static_cast<float>(cells) / (last - least);
  }
  int64_t at(float x) const {
    const float cell = (x - first) * scale;
    return cell > 0 ? std::min(static_cast<int64_t>(std::min(cell, 1e6f)), cells - 1) : 0;
  }
};

float centre(float a, float b) { return 0.5f * (a + b); }

}  // namespace

void pairwise_iou(const float* first, int64_t n, const float* second, int64_t m, int threads,
                  float* iou) {
  for_tasks(threads, n, [&](int64_t i) {
    const Box box = box_at(first, i);
    float* row = iou + i * m;
    for (int64_t j = 0; j < m; ++j) row[j] = iou_of(box, box_at(second, j));
  });
}

void suppress(const float* boxes, const int64_t* order, int64_t n, float threshold, uint8_t* keep) {
  const auto ranked = [&](int64_t i) { return box_at(boxes, order[i]); };
  const auto finite = [](const Box& box) {
    return std::isfinite(box.x1 + box.x2) && std::isfinite(box.y1 + box.y2);
  };
  float least_x = INFINITY, most_x = -INFINITY, least_y = INFINITY, most_y = -INFINITY;
  double widths = 0, heights = 0;
  for (int64_t i = 0; i < n; ++i) {
    const Box box = ranked(i);
    if (!finite(box)) continue;
    least_x = std::min(least_x, centre(box.x1, box.x2));
    most_x = std::max(most_x, centre(box.x1, box.x2));
    least_y = std::min(least_y, centre(box.y1, box.y2));
    most_y = std::max(most_y, centre(box.y1, box.y2));
    widths += std::max(box.x2 - box.x1, 0.0f);
    heights += std::max(box.y2 - box.y1, 0.0f);
  }
  // cells as large as a box of the mean size, and no more than there are boxes to fill them
  const auto most = static_cast<float>(
      std::clamp(std::sqrt(static_cast<double>(n)) / 2, 1.0, static_cast<double>(kMostCells)));
  const Axis columns(least_x, most_x, static_cast<float>(widths / n), most);
  const Axis rows(least_y, most_y, static_cast<float>(heights / n), most);
  std::vector<Cell> cells(columns.cells * rows.cells);
  const Threshold limits{threshold, threshold * (1 - 1e-6f)};
  // of a side, with room for rounding; infinite for a threshold of 0
  const float reach = std::max(0.0f, (1 - threshold) / (2 * threshold)) + 1e-3f;
  for (int64_t i = 0; i < n; ++i) {
    const Box box = ranked(i);
    keep[order[i]] = 1;
    if (!finite(box)) continue;  // its overlap with any other is 0 or NaN
    const float x = centre(box.x1, box.x2), y = centre(box.y1, box.y2);
    const float area = (box.x2 - box.x1) * (box.y2 - box.y1);
    const float by_x = reach * std::max(box.x2 - box.x1, 1e-30f);
    const float by_y = reach * std::max(box.y2 - box.y1, 1e-30f);
    const int64_t last_row = rows.at(y + by_y), last_column = columns.at(x + by_x);
    bool covered = false;
    for (int64_t r = rows.at(y - by_y); r <= last_row && !covered; ++r) {
      for (int64_t c = columns.at(x - by_x); c <= last_column && !covered; ++c) {
        covered = cells[r * columns.cells + c].covers(box, area, limits);
      }
    }
    keep[order[i]] = covered ? 0 : 1;
    if (!covered) cells[rows.at(y) * columns.cells + columns.at(x)].add(box, area);
  }
}

}  // namespace AUTOLOSS_ISA
}  // namespace autoloss
