// A loss graph on a batch: checks, plan, dispatch.
#include <vector>

#include "autoloss/ops.h"
#include "common/checks.h"
#include "graph_kernels.h"
#include "graph_labels.h"
#include "runtime.h"

namespace autoloss {

double graph_loss(const int32_t* code, int64_t nodes, double eps, const float* logits,
                  const void* labels, int label_type, int64_t n, int64_t c, int64_t h, int64_t w,
                  float* gradient) {
  check_code(code, nodes);
  check_eps(eps);
  check_shape(n, c, h, w);
  if (n * h * w == 0) return 0;
  check_pointer("logits", logits);
  check_labels("labels", labels, label_type);
  Plan plan;
  make_plan(code, nodes, plan, Adjoints::kVarying);
  std::vector<int32_t> narrow(n * h * w);
  const int64_t valid = narrow_labels(labels, label_type, n * h * w, c, narrow.data());
  std::vector<int32_t> across(plan.windows > 0 ? n * h * w : 0);
  for (int64_t image = 0; plan.windows > 0 && image < n; ++image) {
    neighbour_bits(narrow.data() + image * h * w, h, w, across.data() + image * h * w);
  }
  const GraphArguments in{
      &plan, static_cast<float>(eps), logits, narrow.data(), n, c, h, w, valid, across.data()};
  const int threads = threads_for(n * c * h * w);
  return variant(baseline::graph_value, avx2::graph_value, avx512::graph_value)(in, threads,
                                                                                gradient);
}

}  // namespace autoloss
