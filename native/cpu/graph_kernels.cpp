// Value and gradient of a loss graph on a batch.
#include "graph_kernels.h"

#include <cstdlib>
#include <memory>
#include <new>

#include "graph_interpreter.h"

namespace autoloss {
namespace AUTOLOSS_ISA {
namespace {

struct Free {
  void operator()(char* memory) const { std::free(memory); }
};

using Memory = std::unique_ptr<char, Free>;

Memory allocate(int64_t bytes) {
  void* memory = std::aligned_alloc(kAlign, aligned(std::max<int64_t>(bytes, kAlign)));
  if (memory == nullptr) throw std::bad_alloc();
  return Memory(static_cast<char*>(memory));
}

/// A graph whose tiles need nothing of each other: both passes over a tile run together.
double local_value(const GraphArguments& in, int threads, float* gradient) {
  const Plan& plan = *in.plan;
  const int p = prediction(plan);
  const Tiling tiling(in, tile_pixels(plan, in.classes));
  Frame shared = frame_of(in);
  const int64_t bytes = place(shared, in.classes * tiling.size, tiling.size, 1, nullptr);
  const Memory memory = allocate(bytes * threads);
  const std::unique_ptr<double[]> sums(new double[tiling.chunks]());
  const auto frame = [&](int thread) {
    Frame f = shared;
    place(f, in.classes * tiling.size, tiling.size, 1, memory.get() + bytes * thread);
    return f;
  };
  for_tasks(threads, tiling.chunks, frame, [&](Frame& f, int64_t chunk) {
    for (int64_t index = tiling.first(chunk); index < tiling.first(chunk + 1); ++index) {
      const Tile global = tiling.tile(index, 0), tile = in_own_arrays(global);
      f.stride = tile.count;
      set_up_local(f, tile);
      if (p >= 0) {
        forward_local(f, plan.forward, tile, {in.logits + global.full, f.plane, false});
      }
      sums[chunk] += root_sum(f, tile);
      if (gradient == nullptr || p < 0) continue;
      backward_local(f, tile);
      write_gradient(f, plan.node[p], tile, gradient + global.full);
    }
  });
  double sum = 0;
  for (int64_t chunk = 0; chunk < tiling.chunks; ++chunk) sum += sums[chunk];
  return loss_value(shared, sum);
}

}  // namespace

double graph_value(const GraphArguments& in, int threads, float* gradient) {
  const int64_t elements = in.images * in.classes * in.height * in.width;
  const int p = prediction(*in.plan);
  if (gradient != nullptr && (p < 0 || in.valid == 0)) {
    std::fill(gradient, gradient + elements, 0.0f);
  }
  if (in.valid == 0) return 0;
  if (in.plan->local) return local_value(in, threads, gradient);

  Frame f = frame_of(in);
  const Tiling tiling(in, tile_pixels(*in.plan, in.classes));
  const int64_t pixels = in.images * f.plane;
  const Memory memory = allocate(place(f, elements, pixels, tiling.chunks, nullptr));
  place(f, elements, pixels, tiling.chunks, memory.get());
  run_forward(f, in.plan->setup, tiling, threads, {});
  run_forward(f, in.plan->forward, tiling, threads, {in.logits, f.plane, false});
  const double value = run_value(f, tiling, threads);
  if (gradient != nullptr && p >= 0) {
    run_backward(f, tiling, threads, [&](const Tile& tile) {
      write_gradient(f, in.plan->node[p], tile, gradient + tile.full);
    });
  }
  return value;
}

}  // namespace AUTOLOSS_ISA
}  // namespace autoloss
