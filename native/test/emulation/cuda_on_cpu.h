// Runs CUDA kernels on the CPU, for tests: what a .cu file needs of CUDA C++ and of the CUDA
// runtime, for g++.
//
// Put this folder before CUDA's on the include path and compile a .cu file as C++; it then finds
// this header as <cuda_runtime.h>, <cuda_fp16.h> and <cuda_bf16.h>. No shipped code names it.
//
// Blocks run one after another. The threads of a block are fibres: each runs until it comes to a
// barrier or an exchange within its warp, where it gives way to the next. So a kernel takes the
// order of its threads for granted only at its peril: `Machine::shuffle` changes it from one
// barrier to the next, and the order of the blocks as well.
//
// Reported, as an exception out of the launch: threads that wait at different barriers or for ones
// that never come; exchanges with a lane that is not part of them; a write past the end of a block
// of device memory (seen when it is freed). Device and dynamic shared memory begin as NaN.
// Reported as the CUDA runtime does: launch shapes beyond the limits, too much shared memory.
//
// Left out: blocks that wait for each other, cooperative groups, textures, streams that overlap.
#ifndef AUTOLOSS_TEST_EMULATION_CUDA_ON_CPU_H_
#define AUTOLOSS_TEST_EMULATION_CUDA_ON_CPU_H_

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <tuple>
#include <type_traits>

// ---- the language ------------------------------------------------------------------------------

#define __global__
#define __device__
#define __host__
#define __constant__
#define __grid_constant__
#define __shared__ static  // blocks run one after another: one copy is enough
#define __forceinline__ inline
#define __launch_bounds__(...)
#define __align__(n) alignas(n)

struct uint3 {
  unsigned x, y, z;
};

struct dim3 {
  unsigned x, y, z;
  constexpr dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
};

struct alignas(8) float2 {
  float x, y;
};
struct alignas(16) float4 {
  float x, y, z, w;
};
struct alignas(8) int2 {
  int x, y;
};
struct alignas(16) int4 {
  int x, y, z, w;
};
struct alignas(8) uint2 {
  unsigned x, y;
};
struct alignas(16) uint4 {
  unsigned x, y, z, w;
};
struct alignas(16) longlong2 {
  long long x, y;
};
struct alignas(2) uchar2 {
  unsigned char x, y;
};
struct alignas(4) uchar4 {
  unsigned char x, y, z, w;
};
struct alignas(16) double2 {
  double x, y;
};

inline float2 make_float2(float x, float y) { return {x, y}; }
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
inline int2 make_int2(int x, int y) { return {x, y}; }
inline int4 make_int4(int x, int y, int z, int w) { return {x, y, z, w}; }
inline uint2 make_uint2(unsigned x, unsigned y) { return {x, y}; }
inline double2 make_double2(double x, double y) { return {x, y}; }

// Where the running thread is; the scheduler sets them.
inline uint3 threadIdx{0, 0, 0};
inline uint3 blockIdx{0, 0, 0};
inline dim3 blockDim;
inline dim3 gridDim;
constexpr int warpSize = 32;

// ---- the runtime's types -----------------------------------------------------------------------

enum cudaError_t {
  cudaSuccess = 0,
  cudaErrorInvalidValue = 1,
  cudaErrorMemoryAllocation = 2,
  cudaErrorInvalidConfiguration = 9,
  cudaErrorInsufficientDriver = 35,
  cudaErrorNoDevice = 100,
  cudaErrorInvalidDevice = 101,
  cudaErrorNotReady = 600,
  cudaErrorIllegalAddress = 700,
  cudaErrorLaunchFailure = 719
};

using cudaStream_t = struct CUstream_st*;
using cudaEvent_t = struct CUevent_st*;
using cudaMemPool_t = struct CUmemPool_st*;

enum cudaMemcpyKind {
  cudaMemcpyHostToHost,
  cudaMemcpyHostToDevice,
  cudaMemcpyDeviceToHost,
  cudaMemcpyDeviceToDevice,
  cudaMemcpyDefault
};

enum cudaMemoryType {
  cudaMemoryTypeUnregistered,
  cudaMemoryTypeHost,
  cudaMemoryTypeDevice,
  cudaMemoryTypeManaged
};

struct cudaPointerAttributes {
  cudaMemoryType type;
  int device;
  void* devicePointer;
  void* hostPointer;
};

enum cudaDeviceAttr {
  cudaDevAttrMaxThreadsPerBlock = 1,
  cudaDevAttrMaxSharedMemoryPerBlock = 8,
  cudaDevAttrMultiProcessorCount = 16,
  cudaDevAttrComputeCapabilityMajor = 75,
  cudaDevAttrComputeCapabilityMinor = 76,
  cudaDevAttrMaxSharedMemoryPerMultiprocessor = 81,
  cudaDevAttrMaxSharedMemoryPerBlockOptin = 97,
  cudaDevAttrMemoryPoolsSupported = 115
};

enum cudaFuncAttribute { cudaFuncAttributeMaxDynamicSharedMemorySize = 8 };

#define CUDART_VERSION 13000
enum cudaDriverEntryPointQueryResult {
  cudaDriverEntryPointSuccess = 0,
  cudaDriverEntryPointSymbolNotFound = 1
};
constexpr unsigned long long cudaEnableDefault = 0;

enum cudaMemPoolAttr { cudaMemPoolAttrReleaseThreshold = 4 };
enum cudaMemAllocationType { cudaMemAllocationTypePinned = 1 };
enum cudaMemLocationType { cudaMemLocationTypeDevice = 1 };

struct cudaMemLocation {
  cudaMemLocationType type;
  int id;
};

struct cudaMemPoolProps {
  cudaMemAllocationType allocType;
  cudaMemLocation location;
};

constexpr unsigned cudaStreamNonBlocking = 1;

struct cudaDeviceProp {
  char name[256];
  int major, minor, multiProcessorCount;
  size_t totalGlobalMem, sharedMemPerBlockOptin;
};

struct cudaLaunchAttribute {
  int id;
};

struct cudaLaunchConfig_t {
  dim3 gridDim, blockDim;
  size_t dynamicSmemBytes;
  cudaStream_t stream;
  cudaLaunchAttribute* attrs;
  unsigned numAttrs;
};

// ---- the machine -------------------------------------------------------------------------------

namespace cuda_on_cpu {

/// What the emulated machine has and does; tests turn its knobs.
class Machine {
 public:
  static Machine& get();

  /// Back to one device, threads in order, nothing that fails.
  void reset();

  /// Threads and blocks in an order drawn from the seed; 0 restores the natural one.
  void shuffle(uint64_t seed);

  /// How many devices there are; with none, `error` is what cudaGetDeviceCount says.
  void devices(int count, cudaError_t error = cudaErrorNoDevice);

  /// Lets `successes` more allocations succeed and then fails one.
  void fail_allocation(int successes);

  /// The next launch returns this error.
  void fail_launch(cudaError_t error);

  /// Whether a device has been made current, asked or used since the last reset.
  bool used(int device) const;

  /// How many blocks of device memory are allocated.
  size_t allocations() const;

  /// How many kernels have been launched since the last reset.
  size_t launches() const;
};

/// Runs `body` once for each thread of the launch.
cudaError_t run(const cudaLaunchConfig_t& config, const void* kernel,
                const std::function<void()>& body);

/// The dynamic shared memory of the running block.
unsigned char* dynamic_shared_memory();

/// Waits for all lanes of the mask; what each of them brought, by lane.
const uint64_t* exchange(unsigned mask, uint64_t mine, const char* file, int line);

/// Waits for all threads of the block that have not ended; how many of them brought true.
int meet(bool mine, const char* file, int line);

/// Ends the launch with a message about the running thread.
[[noreturn]] void fail(const std::string& message, const char* file, int line);

/// The lane of the running thread within its warp.
int lane();

template <class T>
uint64_t to_bits(T value) {
  static_assert(sizeof(T) <= sizeof(uint64_t) && std::is_trivially_copyable<T>::value,
                "shuffles exchange up to 8 bytes");
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  return bits;
}

template <class T>
T from_bits(uint64_t bits) {
  T value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

/// The value of lane `source`, which must take part.
template <class T>
T take(unsigned mask, T mine, int source, const char* file, int line) {
  const uint64_t* lanes = exchange(mask, to_bits(mine), file, line);
  if ((mask >> source & 1) == 0) fail("a shuffle reads a lane outside its mask", file, line);
  return from_bits<T>(lanes[source]);
}

/// Folds what the lanes of the mask bring, in their order.
template <class T, class Fold>
T reduce(unsigned mask, T mine, Fold fold, const char* file, int line) {
  const uint64_t* lanes = exchange(mask, to_bits(mine), file, line);
  bool first = true;
  T result{};
  for (int i = 0; i < warpSize; ++i) {
    if ((mask >> i & 1) == 0) continue;
    const T value = from_bits<T>(lanes[i]);
    result = first ? value : fold(result, value);
    first = false;
  }
  return result;
}

}  // namespace cuda_on_cpu

// ---- barriers and exchanges --------------------------------------------------------------------
// Each takes the place it is called from, so that threads that meet at different ones are found.

#define AUTOLOSS_HERE const char *file = __builtin_FILE(), int line = __builtin_LINE()

inline void __syncthreads(AUTOLOSS_HERE) { cuda_on_cpu::meet(true, file, line); }

inline int __syncthreads_count(int predicate, AUTOLOSS_HERE) {
  return cuda_on_cpu::meet(predicate != 0, file, line);
}

inline int __syncthreads_or(int predicate, AUTOLOSS_HERE) {
  return cuda_on_cpu::meet(predicate != 0, file, line) > 0;
}

inline int __syncthreads_and(int predicate, AUTOLOSS_HERE) {
  return cuda_on_cpu::meet(predicate == 0, file, line) == 0;
}

inline void __syncwarp(unsigned mask = 0xffffffffu, AUTOLOSS_HERE) {
  cuda_on_cpu::exchange(mask, 0, file, line);
}

template <class T>
T __shfl_sync(unsigned mask, T value, int source, int width = warpSize, AUTOLOSS_HERE) {
  const int base = cuda_on_cpu::lane() & ~(width - 1);
  return cuda_on_cpu::take(mask, value, base + (source & (width - 1)), file, line);
}

template <class T>
T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = warpSize, AUTOLOSS_HERE) {
  const int lane = cuda_on_cpu::lane(), base = lane & ~(width - 1);
  const int source = lane - static_cast<int>(delta);
  return cuda_on_cpu::take(mask, value, source < base ? lane : source, file, line);
}

template <class T>
T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = warpSize, AUTOLOSS_HERE) {
  const int lane = cuda_on_cpu::lane(), end = (lane & ~(width - 1)) + width;
  const int source = lane + static_cast<int>(delta);
  return cuda_on_cpu::take(mask, value, source >= end ? lane : source, file, line);
}

template <class T>
T __shfl_xor_sync(unsigned mask, T value, int lanes, int width = warpSize, AUTOLOSS_HERE) {
  const int lane = cuda_on_cpu::lane(), end = (lane & ~(width - 1)) + width;
  const int source = lane ^ lanes;
  return cuda_on_cpu::take(mask, value, source >= end ? lane : source, file, line);
}

inline unsigned __ballot_sync(unsigned mask, int predicate, AUTOLOSS_HERE) {
  const unsigned bit = predicate ? 1u << cuda_on_cpu::lane() : 0u;
  return cuda_on_cpu::reduce(
      mask, bit, [](unsigned a, unsigned b) { return a | b; }, file, line);
}

inline int __any_sync(unsigned mask, int predicate, AUTOLOSS_HERE) {
  return __ballot_sync(mask, predicate, file, line) != 0;
}

inline int __all_sync(unsigned mask, int predicate, AUTOLOSS_HERE) {
  return __ballot_sync(mask, predicate, file, line) == mask;
}

template <class T>
unsigned __match_any_sync(unsigned mask, T value, AUTOLOSS_HERE) {
  const uint64_t mine = cuda_on_cpu::to_bits(value);
  const uint64_t* lanes = cuda_on_cpu::exchange(mask, mine, file, line);
  unsigned same = 0;
  for (int i = 0; i < warpSize; ++i) {
    if ((mask >> i & 1) != 0 && lanes[i] == mine) same |= 1u << i;
  }
  return same;
}

template <class T>
T __reduce_add_sync(unsigned mask, T value, AUTOLOSS_HERE) {
  return cuda_on_cpu::reduce(mask, value, std::plus<T>(), file, line);
}

template <class T>
T __reduce_min_sync(unsigned mask, T value, AUTOLOSS_HERE) {
  return cuda_on_cpu::reduce(
      mask, value, [](T a, T b) { return b < a ? b : a; }, file, line);
}

template <class T>
T __reduce_max_sync(unsigned mask, T value, AUTOLOSS_HERE) {
  return cuda_on_cpu::reduce(
      mask, value, [](T a, T b) { return a < b ? b : a; }, file, line);
}

inline unsigned __reduce_or_sync(unsigned mask, unsigned value, AUTOLOSS_HERE) {
  return cuda_on_cpu::reduce(mask, value, std::bit_or<unsigned>(), file, line);
}

inline unsigned __reduce_and_sync(unsigned mask, unsigned value, AUTOLOSS_HERE) {
  return cuda_on_cpu::reduce(mask, value, std::bit_and<unsigned>(), file, line);
}

inline unsigned __reduce_xor_sync(unsigned mask, unsigned value, AUTOLOSS_HERE) {
  return cuda_on_cpu::reduce(mask, value, std::bit_xor<unsigned>(), file, line);
}

#undef AUTOLOSS_HERE

inline void __threadfence() {}
inline void __threadfence_block() {}

// ---- atomics: fibres give way at barriers only -------------------------------------------------

namespace cuda_on_cpu {

/// Puts a value in place of another, which is returned.
template <class T>
T replace(T* address, T value) {
  const T old = *address;
  *address = value;
  return old;
}

}  // namespace cuda_on_cpu

template <class T, class V>
T atomicAdd(T* address, V value) {
  return cuda_on_cpu::replace(address, static_cast<T>(*address + static_cast<T>(value)));
}

template <class T, class V>
T atomicSub(T* address, V value) {
  return cuda_on_cpu::replace(address, static_cast<T>(*address - static_cast<T>(value)));
}

template <class T, class V>
T atomicExch(T* address, V value) {
  return cuda_on_cpu::replace(address, static_cast<T>(value));
}

template <class T, class V>
T atomicMax(T* address, V value) {
  const T other = static_cast<T>(value);
  return cuda_on_cpu::replace(address, *address < other ? other : *address);
}

template <class T, class V>
T atomicMin(T* address, V value) {
  const T other = static_cast<T>(value);
  return cuda_on_cpu::replace(address, other < *address ? other : *address);
}

template <class T, class V>
T atomicOr(T* address, V value) {
  return cuda_on_cpu::replace(address, static_cast<T>(*address | static_cast<T>(value)));
}

template <class T, class V>
T atomicAnd(T* address, V value) {
  return cuda_on_cpu::replace(address, static_cast<T>(*address & static_cast<T>(value)));
}

template <class T, class V>
T atomicInc(T* address, V limit) {
  return cuda_on_cpu::replace(address,
                              static_cast<T>(*address >= static_cast<T>(limit) ? 0 : *address + 1));
}

template <class T, class A, class B>
T atomicCAS(T* address, A expected, B value) {
  return cuda_on_cpu::replace(
      address, *address == static_cast<T>(expected) ? static_cast<T>(value) : *address);
}

// ---- intrinsics --------------------------------------------------------------------------------

inline float __expf(float x) { return std::exp(x); }
inline float __logf(float x) { return std::log(x); }
inline float __powf(float x, float y) { return std::pow(x, y); }
inline float __fdividef(float x, float y) { return x / y; }
inline float __frcp_rn(float x) { return 1.0f / x; }
inline float __fsqrt_rn(float x) { return std::sqrt(x); }
inline float __fdiv_rn(float x, float y) { return x / y; }
inline float __fadd_rn(float x, float y) { return x + y; }
inline float __fmul_rn(float x, float y) { return x * y; }
inline float __fmaf_rn(float x, float y, float z) { return std::fma(x, y, z); }
inline float rsqrtf(float x) { return 1.0f / std::sqrt(x); }
inline float __saturatef(float x) { return x > 0.0f ? (x < 1.0f ? x : 1.0f) : 0.0f; }
inline int __float_as_int(float x) { return cuda_on_cpu::from_bits<int>(cuda_on_cpu::to_bits(x)); }
inline unsigned __float_as_uint(float x) {
  return cuda_on_cpu::from_bits<unsigned>(cuda_on_cpu::to_bits(x));
}
inline float __int_as_float(int x) {
  return cuda_on_cpu::from_bits<float>(cuda_on_cpu::to_bits(x));
}
inline float __uint_as_float(unsigned x) {
  return cuda_on_cpu::from_bits<float>(cuda_on_cpu::to_bits(x));
}
inline long long __double_as_longlong(double x) {
  return cuda_on_cpu::from_bits<long long>(cuda_on_cpu::to_bits(x));
}
inline double __longlong_as_double(long long x) {
  return cuda_on_cpu::from_bits<double>(cuda_on_cpu::to_bits(x));
}
inline int __popc(unsigned x) { return __builtin_popcount(x); }
inline int __popcll(unsigned long long x) { return __builtin_popcountll(x); }
inline int __ffs(int x) { return __builtin_ffs(x); }
inline int __ffsll(long long x) { return __builtin_ffsll(x); }
inline int __clz(int x) { return x == 0 ? 32 : __builtin_clz(static_cast<unsigned>(x)); }
inline int __clzll(long long x) {
  return x == 0 ? 64 : __builtin_clzll(static_cast<unsigned long long>(x));
}

template <class T>
T __ldg(const T* address) {
  return *address;
}
template <class T>
T __ldcs(const T* address) {
  return *address;
}
template <class T>
T __ldcg(const T* address) {
  return *address;
}
template <class T>
void __stcs(T* address, T value) {
  *address = value;
}
template <class T>
void __stcg(T* address, T value) {
  *address = value;
}

// ---- half precision ----------------------------------------------------------------------------

struct __half {
  uint16_t bits;
};

struct __nv_bfloat16 {
  uint16_t bits;
};

// C++ has _Float16 from gcc 13 on where the processor is an arm64.
#ifdef __aarch64__
using Float16 = __fp16;
#else
using Float16 = _Float16;
#endif

inline float __half2float(__half x) {
  Float16 value;
  std::memcpy(&value, &x.bits, sizeof value);
  return static_cast<float>(value);
}

inline __half __float2half_rn(float x) {
  const Float16 value = static_cast<Float16>(x);
  __half result;
  std::memcpy(&result.bits, &value, sizeof value);
  return result;
}

inline __half __float2half(float x) { return __float2half_rn(x); }

inline float __bfloat162float(__nv_bfloat16 x) {
  return __uint_as_float(static_cast<unsigned>(x.bits) << 16);
}

inline __nv_bfloat16 __float2bfloat16_rn(float x) {
  const unsigned bits = __float_as_uint(x);
  if (x != x) return {static_cast<uint16_t>(bits >> 16 | 0x40)};             // a NaN stays one
  return {static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16)};  // ties to even
}

inline __nv_bfloat16 __float2bfloat16(float x) { return __float2bfloat16_rn(x); }

// ---- the runtime -------------------------------------------------------------------------------

const char* cudaGetErrorName(cudaError_t error);
const char* cudaGetErrorString(cudaError_t error);
cudaError_t cudaGetLastError();
cudaError_t cudaPeekAtLastError();

cudaError_t cudaGetDeviceCount(int* count);
cudaError_t cudaGetDevice(int* device);
cudaError_t cudaSetDevice(int device);
cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int device);
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device);
cudaError_t cudaDeviceSynchronize();
cudaError_t cudaRuntimeGetVersion(int* version);
cudaError_t cudaDriverGetVersion(int* version);

cudaError_t cudaPointerGetAttributes(cudaPointerAttributes* attributes, const void* pointer);
cudaError_t cudaMallocAsync(void** pointer, size_t bytes, cudaStream_t stream);
cudaError_t cudaFreeAsync(void* pointer, cudaStream_t stream);
cudaError_t cudaMalloc(void** pointer, size_t bytes);
cudaError_t cudaFree(void* pointer);
cudaError_t cudaMallocHost(void** pointer, size_t bytes);
cudaError_t cudaFreeHost(void* pointer);
cudaError_t cudaMemcpyAsync(void* to, const void* from, size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t stream = nullptr);
cudaError_t cudaMemcpy(void* to, const void* from, size_t bytes, cudaMemcpyKind kind);
cudaError_t cudaMemsetAsync(void* to, int value, size_t bytes, cudaStream_t stream = nullptr);
cudaError_t cudaMemset(void* to, int value, size_t bytes);
cudaError_t cudaMemPoolCreate(cudaMemPool_t* pool, const cudaMemPoolProps* properties);
cudaError_t cudaMallocFromPoolAsync(void** pointer, size_t bytes, cudaMemPool_t pool,
                                    cudaStream_t stream);
cudaError_t cudaMemPoolSetAttribute(cudaMemPool_t pool, cudaMemPoolAttr attribute, void* value);
cudaError_t cudaGetDriverEntryPointByVersion(const char* name, void** function, unsigned version,
                                             unsigned long long flags,
                                             cudaDriverEntryPointQueryResult* result);

cudaError_t cudaStreamCreate(cudaStream_t* stream);
cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned flags);
cudaError_t cudaStreamDestroy(cudaStream_t stream);
cudaError_t cudaStreamSynchronize(cudaStream_t stream);
cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned flags = 0);
cudaError_t cudaEventCreate(cudaEvent_t* event);
cudaError_t cudaEventDestroy(cudaEvent_t event);
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream = nullptr);
cudaError_t cudaEventSynchronize(cudaEvent_t event);
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t start, cudaEvent_t end);

namespace cuda_on_cpu {
cudaError_t set_dynamic_limit(const void* kernel, cudaFuncAttribute attribute, int value);
}

inline cudaError_t cudaFuncSetAttribute(const void* kernel, cudaFuncAttribute attribute,
                                        int value) {
  return cuda_on_cpu::set_dynamic_limit(kernel, attribute, value);
}

/// As many as a multiprocessor of the emulated machine takes: always two.
template <class Kernel>
cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, Kernel, int, size_t) {
  *blocks = 2;
  return cudaSuccess;
}

template <class... Parameters, class... Arguments>
cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t* config, void (*kernel)(Parameters...),
                               Arguments&&... arguments) {
  const std::tuple<std::decay_t<Parameters>...> values(
      static_cast<Parameters>(std::forward<Arguments>(arguments))...);
  return cuda_on_cpu::run(*config, reinterpret_cast<const void*>(kernel),
                          [&] { std::apply(kernel, values); });
}

// CUDA's own overloads, without std::
inline int min(int a, int b) { return b < a ? b : a; }
inline int max(int a, int b) { return a < b ? b : a; }
inline unsigned min(unsigned a, unsigned b) { return b < a ? b : a; }
inline unsigned max(unsigned a, unsigned b) { return a < b ? b : a; }
inline long long min(long long a, long long b) { return b < a ? b : a; }
inline long long max(long long a, long long b) { return a < b ? b : a; }
inline long min(long a, long b) { return b < a ? b : a; }
inline long max(long a, long b) { return a < b ? b : a; }

#endif  // AUTOLOSS_TEST_EMULATION_CUDA_ON_CPU_H_
