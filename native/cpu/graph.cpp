// A loss graph on a batch: checks, plan, dispatch.
#include <vector>

#include "autoloss/ops.h"
#include "batch.h"
#include "common/graph_labels.h"
#include "cuda/operations.h"
#include "graph_kernels.h"
#include "runtime.h"

namespace autoloss {

double graph_loss(const int32_t* code, int64_t nodes, double eps, const Batch& batch, float* value,
                  float* gradient) {
  if (on_gpu(batch)) {
    cuda::graph_loss(code, nodes, eps, batch, value, gradient);
    return 0;
  }
  check_code(code, nodes);
  check_eps(eps);
  const BatchArguments in = checked_batch(batch);
  if (in.pixels() == 0) return 0;
  Plan plan;
  make_plan(code, nodes, plan, Adjoints::kVarying);
  std::vector<int32_t> narrow(in.pixels());
  const int64_t valid =
      narrow_labels(in.labels, in.label_type, in.pixels(), in.classes, narrow.data());
  std::vector<int32_t> across(plan.windows > 0 ? in.pixels() : 0);
  for (int64_t image = 0; plan.windows > 0 && image < in.images; ++image) {
    const int64_t first = image * in.plane();
    neighbour_bits(narrow.data() + first, in.height, in.width, across.data() + first);
  }
  const GraphArguments graph{&plan,     static_cast<float>(eps),
                             in.logits, narrow.data(),
                             in.images, in.classes,
                             in.height, in.width,
                             valid,     across.data()};
  const int threads = threads_for(in.elements());
  return AUTOLOSS_VARIANT(graph_value)(graph, threads, gradient);
}

}  // namespace autoloss
