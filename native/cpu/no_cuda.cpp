// What the operations on a GPU say in a build without CUDA. A build with CUDA leaves this file out.
#include <stdexcept>

#include "autoloss/ops.h"

namespace autoloss {

bool cuda_built() { return false; }

int cuda_device_count() { return 0; }

const char* cuda_status() { return "this build has no CUDA kernels; mvn -Pgpu package makes one"; }

void* cuda_current_stream(int) { throw std::runtime_error(cuda_status()); }

void graph_evaluate(const int32_t*, const int64_t*, int64_t, double, const float*, const int32_t*,
                    int64_t, int64_t, int64_t, int64_t, int64_t, double, double, int, int64_t,
                    double, int, const int64_t*, int64_t, double*, int*, double*, int64_t*, int,
                    void*) {
  throw std::runtime_error(cuda_status());
}

}  // namespace autoloss
