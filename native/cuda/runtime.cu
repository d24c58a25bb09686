// Devices, streams, scratch memory and errors.
#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <limits>
#include <mutex>
#include <string>

#include "operations.h"
#include "runtime.h"

namespace autoloss {
namespace cuda {
namespace {

constexpr int kMaxDevices = 64;

/// The device whose memory `pointer` is; -1 if it is not a device's.
int device_of(const void* pointer) {
  cudaPointerAttributes attributes = {};
  check(cudaPointerGetAttributes(&attributes, pointer), "asking where a tensor is");
  const bool here =
      attributes.type == cudaMemoryTypeDevice || attributes.type == cudaMemoryTypeManaged;
  return here ? attributes.device : -1;
}

/// The library's pool of a device. It keeps what is freed, so that a training loop allocates once;
/// CUDA's default pool, which others use too, would give it back at each synchronisation.
cudaMemPool_t pool_of(int device) {
  static std::mutex mutex;
  static std::array<cudaMemPool_t, kMaxDevices> pools = {};
  static std::array<bool, kMaxDevices> made = {};
  const std::lock_guard<std::mutex> lock(mutex);
  const auto index = static_cast<size_t>(device);
  if (!made[index]) {
    cudaMemPoolProps properties = {};
    properties.allocType = cudaMemAllocationTypePinned;
    properties.location.type = cudaMemLocationTypeDevice;
    properties.location.id = device;
    check(cudaMemPoolCreate(&pools[index], &properties), "making a pool of memory");
    uint64_t keep = std::numeric_limits<uint64_t>::max();
    check(cudaMemPoolSetAttribute(pools[index], cudaMemPoolAttrReleaseThreshold, &keep),
          "setting up a pool of memory");
    made[index] = true;
  }
  return pools[index];
}

}  // namespace

DeviceError::DeviceError(const std::string& what, cudaError_t error)
    : std::runtime_error("CUDA, " + what + ": " + cudaGetErrorString(error) + " (" +
                         cudaGetErrorName(error) + ", " + std::to_string(error) + ")") {
  cudaGetLastError();  // the process goes on; the next check must not see this error again
}

DeviceGuard::DeviceGuard(const char* argument, const void* pointer, int device, const char* whose)
    : argument_(argument), device_(device_of(pointer)) {
  if (device_ < 0) fail(argument, "memory of a GPU", "memory of the host");
  if (device_ != device) {
    fail(argument, "memory of GPU " + std::to_string(device) + ", " + whose,
         "memory of GPU " + std::to_string(device_));
  }
  if (device_ >= kMaxDevices) fail(argument, "a device below 64", std::to_string(device_));
  check(cudaGetDevice(&former_), "asking for the current device");
  if (former_ != device_) check(cudaSetDevice(device_), "changing to a tensor's device");
}

DeviceGuard::DeviceGuard(int device) : argument_("device"), device_(device) {
  const int count = cuda_device_count();
  if (count == 0) throw std::runtime_error(std::string("CUDA: ") + cuda_status());
  if (device < 0 || device >= std::min(count, kMaxDevices)) {
    fail("device", "0 to " + std::to_string(count - 1), std::to_string(device));
  }
  check(cudaGetDevice(&former_), "asking for the current device");
  if (former_ != device_) check(cudaSetDevice(device_), "changing the device");
}

DeviceGuard::~DeviceGuard() {
  if (former_ != device_) cudaSetDevice(former_);
}

void DeviceGuard::expect(const char* argument, const void* pointer) const {
  const int device = device_of(pointer);
  if (device == device_) return;
  fail(argument, "memory of GPU " + std::to_string(device_) + ", as " + argument_ + " is",
       device < 0 ? "memory of the host" : "memory of GPU " + std::to_string(device));
}

int multiprocessors(int device) {
  static std::array<std::atomic<int>, kMaxDevices> known = {};
  std::atomic<int>& count = known[static_cast<size_t>(device)];
  if (count == 0) {
    int value = 0;
    check(cudaDeviceGetAttribute(&value, cudaDevAttrMultiProcessorCount, device),
          "counting multiprocessors");
    count = value;
  }
  return count;
}

ScratchMemory::ScratchMemory(size_t bytes, cudaStream_t stream) : stream_(stream) {
  if (bytes == 0) return;
  int device = 0;
  check(cudaGetDevice(&device), "asking for the current device");
  check(cudaMallocFromPoolAsync(&memory_, bytes, pool_of(device), stream),
        ("allocating " + std::to_string(bytes) + " bytes of scratch memory").c_str());
}

ScratchMemory::~ScratchMemory() {
  if (memory_ != nullptr) cudaFreeAsync(memory_, stream_);
}

}  // namespace cuda

bool cuda_built() { return true; }

int cuda_device_count() {
  int count = 0;
  if (cudaGetDeviceCount(&count) != cudaSuccess) {
    cudaGetLastError();
    return 0;
  }
  return count;
}

const char* cuda_status() {
  int count = 0;
  const cudaError_t error = cudaGetDeviceCount(&count);
  if (error == cudaSuccess) return count > 0 ? "" : "no NVIDIA GPU is visible to this process";
  cudaGetLastError();
  switch (error) {
    case cudaErrorInsufficientDriver:
      return "no NVIDIA driver, or one older than the CUDA runtime that this library was built "
             "with";
    case cudaErrorNoDevice:
      return "an NVIDIA driver, but no GPU that this process may use";
    default:
      return cudaGetErrorString(error);
  }
}

void* cuda_current_stream(int device) {
  // libtorch's C interface, if libtorch is in this process: no header and no library of it is
  // needed to build.
  using CurrentStream = int32_t (*)(int32_t, void**);
  void* torch = dlopen("libtorch_cuda.so", RTLD_NOLOAD | RTLD_LAZY);
  if (torch == nullptr) return nullptr;
  const auto ask =
      reinterpret_cast<CurrentStream>(dlsym(torch, "aoti_torch_get_current_cuda_stream"));
  void* stream = nullptr;
  if (ask == nullptr || ask(device, &stream) != 0) {
    throw std::runtime_error("CUDA: libtorch does not say which stream is current on GPU " +
                             std::to_string(device));
  }
  return stream;
}

}  // namespace autoloss
