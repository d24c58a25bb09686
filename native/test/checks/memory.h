// Memory of the device, filled from and read back to vectors of the host.
#ifndef AUTOLOSS_TEST_CHECKS_MEMORY_H_
#define AUTOLOSS_TEST_CHECKS_MEMORY_H_

#include <cuda_runtime.h>

#include <algorithm>
#include <cstdint>
#include <exception>
#include <memory>
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

  std::vector<T> values() const { return last(count_); }

  /// The last `count` values.
  std::vector<T> last(size_t count) const {
    std::vector<T> result(count);
    succeed(cudaDeviceSynchronize());
    succeed(cudaMemcpy(result.data(), memory_ + count_ - count, count * sizeof(T),
                       cudaMemcpyDeviceToHost));
    return result;
  }

 private:
  T* memory_ = nullptr;
  size_t count_;
};

/// The values `times` times in a row, copied on the device: a large batch is one image, drawn and
/// sent once.
template <class T>
std::shared_ptr<DeviceArray<T>> repeated(const std::vector<T>& values, int64_t times) {
  const size_t once = values.size(), all = once * static_cast<size_t>(times);
  auto array = std::make_shared<DeviceArray<T>>(all);
  succeed(cudaMemcpy(array->get(), values.data(), once * sizeof(T), cudaMemcpyHostToDevice));
  for (size_t done = once; done < all;) {
    const size_t more = std::min(done, all - done);
    succeed(
        cudaMemcpy(array->get() + done, array->get(), more * sizeof(T), cudaMemcpyDeviceToDevice));
    done += more;
  }
  return array;
}

}  // namespace checks

#endif  // AUTOLOSS_TEST_CHECKS_MEMORY_H_
