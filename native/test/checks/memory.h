// Memory of the device, filled from and read back to vectors of the host.
#ifndef AUTOLOSS_TEST_CHECKS_MEMORY_H_
#define AUTOLOSS_TEST_CHECKS_MEMORY_H_

#include <cuda_runtime.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace checks {

inline void succeed(cudaError_t error) {
  if (error != cudaSuccess) throw std::runtime_error(cudaGetErrorString(error));
}

template <class T>
class DeviceArray {
 public:
  explicit DeviceArray(size_t count) : count_(count) {
    succeed(cudaMalloc(reinterpret_cast<void**>(&memory_), bytes()));
  }
  explicit DeviceArray(const std::vector<T>& values) : DeviceArray(values.size()) { put(values); }
  ~DeviceArray() noexcept(false) {
    // in the emulation, freeing looks for writes past the end
    const cudaError_t error = cudaFree(memory_);
    if (std::uncaught_exceptions() == 0) succeed(error);
  }
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;

  T* get() const { return memory_; }
  size_t count() const { return count_; }
  size_t bytes() const { return count_ * sizeof(T); }

  void put(const std::vector<T>& values) {
    succeed(cudaMemcpy(memory_, values.data(), bytes(), cudaMemcpyHostToDevice));
  }

  std::vector<T> values() const {
    std::vector<T> result(count_);
    succeed(cudaDeviceSynchronize());
    succeed(cudaMemcpy(result.data(), memory_, bytes(), cudaMemcpyDeviceToHost));
    return result;
  }

 private:
  T* memory_ = nullptr;
  size_t count_;
};

}  // namespace checks

#endif  // AUTOLOSS_TEST_CHECKS_MEMORY_H_
