// What operations say of a batch of a GPU in a build without CUDA. A build with CUDA leaves this
// file out.
#include <stdexcept>

#include "cuda/operations.h"

namespace autoloss {

bool cuda_built() { return false; }

int cuda_device_count() { return 0; }

const char* cuda_status() { return "this build has no CUDA kernels; mvn -Pgpu package makes one"; }

void* cuda_current_stream(int) { throw std::runtime_error(cuda_status()); }

namespace cuda {
namespace {

[[noreturn]] void refuse() { throw std::runtime_error(cuda_status()); }

}  // namespace

void region_surrogate(int, const double*, int64_t, int, const Batch&, float*, void*) { refuse(); }

void boundary_surrogate(int, const double*, int64_t, int, int64_t, int, int, const Batch&, float*,
                        void*) {
  refuse();
}

void count_logits(const Batch&, int64_t*) { refuse(); }

void count_predictions(const void*, int, const Batch&, int64_t*) { refuse(); }

void predict_classes(const Batch&, int32_t*) { refuse(); }

void count_boundaries(const void*, int, const Batch&, int64_t, int, int, int64_t*) { refuse(); }

void count_boundary_regions(const void*, int, const Batch&, int64_t, int64_t*) { refuse(); }

void count_boundary_matches(const void*, int, const Batch&, double, int64_t*) { refuse(); }

void graph_loss(const int32_t*, int64_t, double, const Batch&, float*, float*) { refuse(); }

void graph_evaluate(const int32_t*, const int64_t*, int64_t, const GraphProtocol&, const Batch&,
                    const int64_t*, int64_t, double*, int*, double*, int64_t*) {
  refuse();
}

void overlap_loss(int, double, double, int, const Batch&, float*, void*) { refuse(); }

void lovasz_loss(int, const Batch&, float*, float*) { refuse(); }

void ssim_loss(const Batch&, float*, float*) { refuse(); }

void pool(int, int64_t, const Batch&, float*) { refuse(); }

void pool_gradient(int, int64_t, const Batch&, const float*, float*) { refuse(); }

void pool_places(int, int64_t, const Batch&, int64_t*) { refuse(); }

void find_label_edges(const Batch&, int, uint8_t*) { refuse(); }

void dilate_label_edges(const Batch&, int64_t, int, int64_t*) { refuse(); }

void edge_distance(const Batch&, float*) { refuse(); }

void signed_distance(const Batch&, float*) { refuse(); }

void border_weights(double, double, const Batch&, float*) { refuse(); }

void box_overlaps(const float*, const float*, int64_t, const float*, const double*, float*, float*,
                  int, void*) {
  refuse();
}

void box_overlaps(const double*, const double*, int64_t, const double*, const double*, double*,
                  double*, int, void*) {
  refuse();
}

void box_graph_loss(const int32_t*, int64_t, double, const double*, const double*, int64_t, double*,
                    double*, int, void*) {
  refuse();
}

void pairwise_iou(const float*, int64_t, const float*, int64_t, float*, int, void*) { refuse(); }

void match_boxes(const float*, int64_t, int64_t, double, double, int, int64_t*, int, void*) {
  refuse();
}

int64_t suppress_boxes(const float*, const float*, const int64_t*, int64_t, double, int64_t*, int,
                       void*) {
  refuse();
}

void roi_align(const Batch&, const float*, int64_t, const RoiGrid&, float*) { refuse(); }

void roi_align_gradient(const Batch&, const float*, int64_t, const RoiGrid&, const float*, float*) {
  refuse();
}

}  // namespace cuda
}  // namespace autoloss
