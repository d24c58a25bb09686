// Loss graphs on pairs of boxes, value and gradient in float64: box_graph.h by one block.
//
// A step of a detector has some hundred pairs, and a graph some ten nodes: what a block of 256
// threads does between two starts of a kernel. Libtorch's operations are some sixty starts. Bytes:
// for each node a row of values written, and read by those that use it, adjoints likewise, all
// within the caches; 64 bytes a pair are read, 32 written. Prediction for an H200, measured by
// nobody: some 20 us for 500 pairs.
//
// A thread's pairs are its own from the first node to the gradient, so the block meets for sums
// alone (block_sum, always in the same order).
#include "common/box_graph.h"
#include "device.h"
#include "launch.h"
#include "operations.h"
#include "runtime.h"

namespace autoloss {
namespace cuda {
namespace {

constexpr int kGraphThreads = 256;
constexpr int kGraphBlocks = 1;  // on a multiprocessor: there is one in all

/// A block.
struct Block {
  template <class Body>
  __device__ void for_pairs(int64_t n, Body body) {
    for (int64_t k = threadIdx.x; k < n; k += kGraphThreads) body(k);
  }
  __device__ double sum(double x) { return block_sum<kGraphThreads>(x); }
};

__global__ void __launch_bounds__(kGraphThreads, kGraphBlocks)
    box_graph_kernel(const BoxGraph graph, const BoxGraphWork work, double* __restrict__ value) {
  Block block;
  BoxGraphRun<Block> run(graph, work, block);
  const double result = run.forward();
  if (threadIdx.x == 0) *value = result;
  if (work.gradient != nullptr) run.backward();
}

}  // namespace

void box_graph_loss(const int32_t* code, int64_t nodes, double eps, const double* predicted,
                    const double* target, int64_t n, double* value, double* gradient, int device,
                    void* stream) {
  const BoxGraph graph = checked_box_graph(code, nodes, eps, predicted, target, n);
  check_pointer("value", value);
  const DeviceGuard guard("value", value, device);
  const auto queue = static_cast<cudaStream_t>(stream);
  if (n == 0) {
    check(cudaMemsetAsync(value, 0, sizeof *value, queue), "writing the value of no pair");
    return;
  }
  guard.expect("predicted", predicted);
  guard.expect("target", target);
  if (gradient != nullptr) guard.expect("gradient", gradient);
  const Scratch<double> values(nodes * n, queue);
  const Scratch<double> adjoints(gradient == nullptr ? 0 : nodes * n, queue);
  launch("graph on boxes", box_graph_kernel, 1, kGraphThreads, 0, queue, graph,
         BoxGraphWork{predicted, target, n, values.get(), adjoints.get(), gradient}, value);
}

}  // namespace cuda
}  // namespace autoloss
