// What the operations on a GPU say in a build without CUDA. A build with CUDA leaves this file out.
#include <stdexcept>

#include "autoloss/ops.h"

namespace autoloss {

bool cuda_built() { return false; }

int cuda_device_count() { return 0; }

const char* cuda_status() { return "this build has no CUDA kernels; mvn -Pgpu package makes one"; }

void* cuda_current_stream(int) { throw std::runtime_error(cuda_status()); }

void graph_loss(const int32_t*, int64_t, double, const void*, int, const void*, int, int64_t,
                int64_t, int64_t, int64_t, float*, float*, void*) {
  throw std::runtime_error(cuda_status());
}

void graph_evaluate(const int32_t*, const int64_t*, int64_t, double, const float*, const int32_t*,
                    int64_t, int64_t, int64_t, int64_t, int64_t, double, double, int, int64_t,
                    double, int, const int64_t*, int64_t, double*, int*, double*, int64_t*, int,
                    void*) {
  throw std::runtime_error(cuda_status());
}

void boundary_surrogate(int, const double*, int64_t, int, int64_t, int, int, const void*, int,
                        const void*, int, int64_t, int64_t, int64_t, int64_t, float*, float*,
                        void*) {
  throw std::runtime_error(cuda_status());
}

void ssim_loss(const void*, int, const void*, int, int64_t, int64_t, int64_t, int64_t, float*,
               float*, void*) {
  throw std::runtime_error(cuda_status());
}

void overlap_loss(int, double, double, int, const void*, int, const void*, int, int64_t, int64_t,
                  int64_t, int64_t, float*, float*, void*) {
  throw std::runtime_error(cuda_status());
}

void count_logits(const void*, int, const void*, int, int64_t, int64_t, int64_t, int64_t, int64_t*,
                  void*) {
  throw std::runtime_error(cuda_status());
}

void count_predictions(const void*, int, const void*, int, int64_t, int64_t, int64_t, int64_t,
                       int64_t*, void*) {
  throw std::runtime_error(cuda_status());
}

void predict_classes(const void*, int, int64_t, int64_t, int64_t, int64_t, int32_t*, void*) {
  throw std::runtime_error(cuda_status());
}

void count_boundaries(const void*, int, const void*, int, int64_t, int, int, int64_t, int64_t,
                      int64_t, int64_t, int64_t*, void*) {
  throw std::runtime_error(cuda_status());
}

void lovasz_loss(int, const void*, int, const void*, int, int64_t, int64_t, int64_t, int64_t,
                 float*, float*, void*) {
  throw std::runtime_error(cuda_status());
}

void count_boundary_regions(const void*, int, const void*, int, int64_t, int64_t, int64_t, int64_t,
                            int64_t, int64_t*, void*) {
  throw std::runtime_error(cuda_status());
}

void count_boundary_matches(const void*, int, const void*, int, double, int64_t, int64_t, int64_t,
                            int64_t, int64_t*, void*) {
  throw std::runtime_error(cuda_status());
}

void edge_distance(const void*, int, int64_t, int64_t, int64_t, int64_t, float*, void*) {
  throw std::runtime_error(cuda_status());
}

void signed_distance(const void*, int, int64_t, int64_t, int64_t, int64_t, float*, void*) {
  throw std::runtime_error(cuda_status());
}

void border_weights(double, double, const void*, int, int64_t, int64_t, int64_t, int64_t, float*,
                    void*) {
  throw std::runtime_error(cuda_status());
}

void pool(int, int64_t, const float*, int64_t, int64_t, int64_t, int64_t, float*, void*) {
  throw std::runtime_error(cuda_status());
}

void pool_gradient(int, int64_t, const float*, const float*, int64_t, int64_t, int64_t, int64_t,
                   float*, void*) {
  throw std::runtime_error(cuda_status());
}

void pool_places(int, int64_t, const float*, int64_t, int64_t, int64_t, int64_t, int64_t*, void*) {
  throw std::runtime_error(cuda_status());
}

void find_label_edges(const void*, int, int, int64_t, int64_t, int64_t, int64_t, uint8_t*, void*) {
  throw std::runtime_error(cuda_status());
}

void dilate_label_edges(const void*, int, int64_t, int, int64_t, int64_t, int64_t, int64_t,
                        int64_t*, void*) {
  throw std::runtime_error(cuda_status());
}

void region_surrogate(int, const double*, int64_t, int, const void*, int, const void*, int, int64_t,
                      int64_t, int64_t, int64_t, float*, float*, void*) {
  throw std::runtime_error(cuda_status());
}

}  // namespace autoloss
