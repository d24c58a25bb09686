// Loss graphs on pairs of boxes: one thread, for there are some hundred pairs in a step.
#include "common/box_graph.h"

#include <memory>

#include "autoloss/ops.h"
#include "cuda/operations.h"

namespace autoloss {
namespace {

/// A team of one.
struct Alone {
  template <class Body>
  void for_pairs(int64_t n, Body body) {
    for (int64_t k = 0; k < n; ++k) body(k);
  }
  double sum(double x) { return x; }
};

}  // namespace

double box_graph_loss(const int32_t* code, int64_t nodes, double eps, const double* predicted,
                      const double* target, int64_t n, double* value, double* gradient, int device,
                      void* stream) {
  if (device >= 0) {
    cuda::box_graph_loss(code, nodes, eps, predicted, target, n, value, gradient, device, stream);
    return 0;
  }
  const BoxGraph graph = checked_box_graph(code, nodes, eps, predicted, target, n);
  if (n == 0) return 0;
  const std::unique_ptr<double[]> memory(new double[2 * nodes * n]);
  const BoxGraphWork work{predicted, target, n, memory.get(), memory.get() + nodes * n, gradient};
  Alone alone;
  BoxGraphRun<Alone> run(graph, work, alone);
  const double result = run.forward();
  if (gradient != nullptr) run.backward();
  return result;
}

}  // namespace autoloss
