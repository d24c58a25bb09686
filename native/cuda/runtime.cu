// Devices, streams, scratch memory and errors.
#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <tuple>
#include <utility>

#include "common/libtorch.h"
#include "operations.h"
#include "runtime.h"

namespace autoloss {
namespace cuda {
namespace {

constexpr int kMaxDevices = 64;
constexpr uint64_t kMostKept = uint64_t{1} << 30;  // bytes of a pool that nobody uses

int current_device() {
  int device = 0;
  check(cudaGetDevice(&device), "asking for the current device");
  return device;
}

/// A device that a caller names, if there is one; no pointer is of another.
int existing(int device) {
  const int current = current_device();
  return device == current || device < cuda_device_count() ? device : current;
}

int checked_device(int device) {
  const int count = cuda_device_count();
  if (count == 0) throw std::runtime_error(std::string("CUDA: ") + cuda_status());
  if (device < 0 || device >= std::min(count, kMaxDevices)) {
    fail("device", "0 to " + std::to_string(count - 1), std::to_string(device));
  }
  return device;
}

/// The device whose memory `pointer` is; -1 if it is not a device's.
int device_of(const void* pointer) {
  cudaPointerAttributes attributes = {};
  check(cudaPointerGetAttributes(&attributes, pointer), "asking where a tensor is");
  const bool here =
      attributes.type == cudaMemoryTypeDevice || attributes.type == cudaMemoryTypeManaged;
  return here ? attributes.device : -1;
}

/// The library's pool of a device. It keeps some of what is freed, so that a training loop
/// allocates once; CUDA's default pool, which others use too, would give all back at each
/// synchronisation.
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
    uint64_t keep = kMostKept;
    check(cudaMemPoolSetAttribute(pools[index], cudaMemPoolAttrReleaseThreshold, &keep),
          "setting up a pool of memory");
    made[index] = true;
  }
  return pools[index];
}

/// Whether a device has been used in this process. Making a device current is a use since CUDA 12:
/// it takes some hundred megabytes there. Only the driver can be asked without that.
bool in_use(int device) {
  using State = int (*)(int, unsigned*, int*);
  void* found = nullptr;
  cudaDriverEntryPointQueryResult result = {};
  const char* name = "cuDevicePrimaryCtxGetState";
#if CUDART_VERSION >= 12050
  const cudaError_t error =
      cudaGetDriverEntryPointByVersion(name, &found, 12000, cudaEnableDefault, &result);
#else
  const cudaError_t error = cudaGetDriverEntryPoint(name, &found, cudaEnableDefault, &result);
#endif
  if (error != cudaSuccess || found == nullptr) {
    cudaGetLastError();
    return true;
  }
  unsigned flags = 0;
  int active = 0;
  return reinterpret_cast<State>(found)(device, &flags, &active) != 0 || active != 0;
}

/// A number of each device that never changes: asked once.
class KnownAttribute {
 public:
  KnownAttribute(cudaDeviceAttr attribute, const char* what) : attribute_(attribute), what_(what) {}

  int of(int device) {
    std::atomic<int>& known = known_[static_cast<size_t>(device)];
    if (known == 0) {
      int value = 0;
      check(cudaDeviceGetAttribute(&value, attribute_, device), what_);
      known = value;
    }
    return known;
  }

 private:
  cudaDeviceAttr attribute_;
  const char* what_;
  std::array<std::atomic<int>, kMaxDevices> known_ = {};
};

/// What the driver has been told, and has said, of kernels.
struct KnownKernels {
  std::mutex mutex;
  std::map<std::pair<const void*, int>, size_t> allowed;              // kernel, device
  std::map<std::tuple<const void*, int, int, size_t>, int> resident;  // and threads, shared

  static KnownKernels& get() {
    static KnownKernels known;
    return known;
  }
};

/// What is used of libtorch's interface. Older releases lack the allocator.
struct Torch {
  int32_t (*current_stream)(int32_t device, void** stream);
  int32_t (*make_guard)(int32_t device, void** guard);
  int32_t (*end_guard)(void* guard);
  int32_t (*allocate)(uint64_t bytes, void** memory);
  int32_t (*free)(void* memory);
};

/// NULL if libtorch's CUDA library is not in this process.
const Torch* torch() {
  static std::atomic<const Torch*> known{nullptr};
  const Torch* before = known.load();
  if (before != nullptr) return before;
  void* library = loaded_libtorch("libtorch_cuda.so");
  if (library == nullptr) return nullptr;  // not yet, it may be
  static const Torch found = [library] {
    Torch functions = {};
    find_function(library, "aoti_torch_get_current_cuda_stream", &functions.current_stream);
    find_function(library, "aoti_torch_create_cuda_guard", &functions.make_guard);
    find_function(library, "aoti_torch_delete_cuda_guard", &functions.end_guard);
    find_function(library, "aoti_torch_cuda_caching_allocator_raw_alloc", &functions.allocate);
    find_function(library, "aoti_torch_cuda_caching_allocator_raw_delete", &functions.free);
    return functions;
  }();
  known = &found;
  return &found;
}

/// libtorch, where its allocator can lend memory for work on a stream: it hands out memory of its
/// own current stream, and gives it to others in the order of that one alone.
const Torch* lender(int device, cudaStream_t stream) {
  const Torch* libtorch = torch();
  if (libtorch == nullptr || libtorch->current_stream == nullptr ||
      libtorch->make_guard == nullptr || libtorch->end_guard == nullptr ||
      libtorch->allocate == nullptr || libtorch->free == nullptr) {
    return nullptr;
  }
  void* current = nullptr;
  const bool same = libtorch->current_stream(device, &current) == 0 && current == stream;
  return same ? libtorch : nullptr;
}

/// Memory of libtorch's allocator; NULL if there is no more. libtorch has an idea of its own of the
/// current device, which a guard of its own sets right.
void* borrow(const Torch& libtorch, int device, size_t bytes) {
  void *guard = nullptr, *memory = nullptr;
  if (libtorch.make_guard(device, &guard) != 0) return nullptr;
  const bool lent = libtorch.allocate(bytes, &memory) == 0;
  libtorch.end_guard(guard);
  return lent ? memory : nullptr;
}

}  // namespace

DeviceError::DeviceError(const std::string& what, cudaError_t error)
    : std::runtime_error("CUDA, " + what + ": " + cudaGetErrorString(error) + " (" +
                         cudaGetErrorName(error) + ", " + std::to_string(error) + ")") {
  cudaGetLastError();  // the process goes on; the next check must not see this error again
}

void allow_shared(const char* name, const void* kernel, size_t shared) {
  if (shared <= kSharedByDefault) return;
  const int device = current_device();
  KnownKernels& known = KnownKernels::get();
  const std::lock_guard<std::mutex> lock(known.mutex);
  size_t& allowed = known.allowed[{kernel, device}];
  if (shared <= allowed) return;
  check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                             static_cast<int>(shared)),
        name);
  allowed = shared;
}

int resident_blocks(const char* name, const void* kernel, int threads, size_t shared) {
  allow_shared(name, kernel, shared);
  const int device = current_device();
  KnownKernels& known = KnownKernels::get();
  const std::lock_guard<std::mutex> lock(known.mutex);
  int& blocks = known.resident[{kernel, device, threads, shared}];
  if (blocks == 0) {
    int fit = 0;
    check(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&fit, kernel, threads, shared), name);
    blocks = std::max(fit, 1);
  }
  return blocks;
}

CurrentDevice::CurrentDevice(int device) : device_(device), former_(current_device()) {
  if (former_ != device_) check(cudaSetDevice(device_), "changing to a tensor's device");
}

// A former device that nobody uses was but the thread's default, GPU 0: to make it current again
// would be its first use. The thread stays where its tensors are, as after libtorch's own guards.
CurrentDevice::~CurrentDevice() {
  if (former_ != device_ && in_use(former_)) cudaSetDevice(former_);
}

// The device is made current before CUDA is asked about a pointer: the question, too, would be a
// first use of whichever device is current.
DeviceGuard::DeviceGuard(const char* argument, const void* pointer, int device, const char* whose)
    : argument_(argument), current_(existing(device)) {
  if (device >= kMaxDevices) fail(argument, "a device below 64", std::to_string(device));
  const int there = device_of(pointer);
  if (there < 0) fail(argument, "memory of a GPU", "memory of the host");
  if (there != device) {
    fail(argument, "memory of GPU " + std::to_string(device) + ", " + whose,
         "memory of GPU " + std::to_string(there));
  }
}

DeviceGuard::DeviceGuard(int device) : argument_("device"), current_(checked_device(device)) {}

void DeviceGuard::expect(const char* argument, const void* pointer) const {
  const int device = device_of(pointer);
  if (device == current_.number()) return;
  fail(argument, "memory of GPU " + std::to_string(current_.number()) + ", as " + argument_ + " is",
       device < 0 ? "memory of the host" : "memory of GPU " + std::to_string(device));
}

int multiprocessors(int device) {
  static KnownAttribute known(cudaDevAttrMultiProcessorCount, "counting multiprocessors");
  return known.of(device);
}

int64_t most_shared_of_block(int device) {
  static KnownAttribute known(cudaDevAttrMaxSharedMemoryPerBlockOptin,
                              "asking for the shared memory of a block");
  return known.of(device);
}

int64_t shared_of_one_in(int blocks, int device) {
  constexpr int64_t kSystemShared = 1024;  // what CUDA takes for each block
  static KnownAttribute known(cudaDevAttrMaxSharedMemoryPerMultiprocessor,
                              "asking for the shared memory of a multiprocessor");
  return known.of(device) / blocks / 128 * 128 - kSystemShared;
}

ScratchMemory::ScratchMemory(size_t bytes, cudaStream_t stream) : stream_(stream) {
  if (bytes == 0) return;
  const int device = current_device();
  const std::string what = "allocating " + std::to_string(bytes) + " bytes of scratch memory";
  const Torch* libtorch = lender(device, stream);
  if (libtorch == nullptr) {
    check(cudaMallocFromPoolAsync(&memory_, bytes, pool_of(device), stream), what.c_str());
    return;
  }
  memory_ = borrow(*libtorch, device, bytes);
  if (memory_ == nullptr) throw DeviceError(what, cudaErrorMemoryAllocation);
  lent_ = true;
}

ScratchMemory::~ScratchMemory() {
  if (memory_ == nullptr) return;
  if (lent_) {
    torch()->free(memory_);
  } else {
    cudaFreeAsync(memory_, stream_);
  }
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
  const cuda::Torch* libtorch = cuda::torch();
  const std::string what = "CUDA, asking libtorch for its stream on GPU " + std::to_string(device);
  if (libtorch == nullptr) {
    throw std::runtime_error(what + ": libtorch_cuda.so is not loaded in this process");
  }
  void* stream = nullptr;
  if (libtorch->current_stream == nullptr || libtorch->current_stream(device, &stream) != 0) {
    throw std::runtime_error(what + ": it does not say");
  }
  return stream;
}

}  // namespace autoloss
