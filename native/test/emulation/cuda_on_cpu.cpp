// The scheduler of fibres and the stand-ins of the CUDA runtime; see cuda_on_cpu.h.
#include "cuda_on_cpu.h"

#include <sys/mman.h>

#include <chrono>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <numeric>
#include <random>
#include <set>
#include <stdexcept>
#include <vector>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#endif

// Saves the registers that a call keeps on the stack, and changes stacks. The C library's
// swapcontext does the same with two system calls, some fifty times slower.
extern "C" void autoloss_switch_stack(void** from, void* to);
#if defined(__x86_64__)
// words on the stack: six registers, the address to go to, and above it the return address of
// that, which keeps the stack aligned as after a call
constexpr int kSaved = 8, kGoesTo = 6;
asm(R"(
.text
.type autoloss_switch_stack, @function
autoloss_switch_stack:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size autoloss_switch_stack, .-autoloss_switch_stack
)");
#elif defined(__aarch64__)
// words on the stack: twelve registers, of which x30 is the address to go to, and the lower halves
// of eight vectors
constexpr int kSaved = 20, kGoesTo = 11;
asm(R"(
.text
.type autoloss_switch_stack, @function
autoloss_switch_stack:
  sub sp, sp, #160
  stp x19, x20, [sp]
  stp x21, x22, [sp, #16]
  stp x23, x24, [sp, #32]
  stp x25, x26, [sp, #48]
  stp x27, x28, [sp, #64]
  stp x29, x30, [sp, #80]
  stp d8, d9, [sp, #96]
  stp d10, d11, [sp, #112]
  stp d12, d13, [sp, #128]
  stp d14, d15, [sp, #144]
  mov x9, sp
  str x9, [x0]
  mov sp, x1
  ldp x19, x20, [sp]
  ldp x21, x22, [sp, #16]
  ldp x23, x24, [sp, #32]
  ldp x25, x26, [sp, #48]
  ldp x27, x28, [sp, #64]
  ldp x29, x30, [sp, #80]
  ldp d8, d9, [sp, #96]
  ldp d10, d11, [sp, #112]
  ldp d12, d13, [sp, #128]
  ldp d14, d15, [sp, #144]
  add sp, sp, #160
  ret
.size autoloss_switch_stack, .-autoloss_switch_stack
)");
#else
#error "the emulation knows how to change stacks on x86-64 and arm64"
#endif

namespace cuda_on_cpu {
namespace {

constexpr size_t kStack = 128 << 10, kGuard = 4096;
constexpr unsigned kMaxThreads = 1024;
constexpr size_t kDefaultShared = 48 << 10, kOptinShared = 227 << 10;
constexpr size_t kFence = 64;  // bytes behind each block of device memory
constexpr unsigned char kFenceByte = 0xA5;
constexpr unsigned char kPoison = 0xFF;  // NaN as a floating-point number, -1 as an integer

enum class State { kReady, kAtBarrier, kInExchange, kEnded };

struct Fibre {
  State state;
  uint3 thread;
  int index;  // within the block
  void* stack_pointer;
  char* stack;
  const char* file;  // where it waits
  int line;
  bool predicate;
  unsigned mask;
  uint64_t mine;
  uint64_t lanes[32];
#ifdef __SANITIZE_ADDRESS__
  void* fake_stack;
#endif
};

/// The stacks of a block's threads, each with a page below it that cannot be touched.
class Stacks {
 public:
  Stacks() {
    memory_ = static_cast<char*>(mmap(nullptr, kMaxThreads * kStack, PROT_READ | PROT_WRITE,
                                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
    if (memory_ == MAP_FAILED) throw std::bad_alloc();
    for (unsigned i = 0; i < kMaxThreads; ++i) mprotect(memory_ + i * kStack, kGuard, PROT_NONE);
  }
  ~Stacks() { munmap(memory_, kMaxThreads * kStack); }
  char* of(int thread) { return memory_ + static_cast<size_t>(thread) * kStack; }

 private:
  char* memory_;
};

struct Block {
  std::vector<Fibre> fibres;
  Fibre* running = nullptr;
  void* scheduler = nullptr;  // its stack pointer
  const std::function<void()>* body = nullptr;
  std::exception_ptr failure;
  int met = 0;  // how many brought true to the barrier just passed
  std::vector<unsigned char> shared;
#ifdef __SANITIZE_ADDRESS__
  const void* scheduler_stack = nullptr;
  size_t scheduler_stack_size = 0;
#endif
};

struct Allocation {
  size_t bytes;
  int device;
};

struct Emulation {
  std::mutex launching, memory;
  int devices = 1, device = 0;
  cudaError_t no_device = cudaErrorNoDevice, launch_error = cudaSuccess, last = cudaSuccess;
  int allocations_left = -1;
  uint64_t seed = 0;
  size_t launches = 0;
  std::map<const char*, Allocation> allocated;
  std::map<const void*, size_t> dynamic_limit;
  std::set<int> used;  // devices
  std::unique_ptr<Stacks> stacks;
  Block block;
};

Emulation& state() {
  static Emulation instance;
  return instance;
}

cudaError_t report(cudaError_t error) {
  if (error != cudaSuccess) state().last = error;
  return error;
}

std::string place(uint3 at) {
  return "(" + std::to_string(at.x) + "," + std::to_string(at.y) + "," + std::to_string(at.z) + ")";
}

std::string line_of(const char* file, int line) {
  return std::string(file) + ":" + std::to_string(line);
}

/// To the scheduler; returns when it lets this fibre go on.
void give_way(Fibre& fibre) {
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_start_switch_fiber(fibre.state == State::kEnded ? nullptr : &fibre.fake_stack,
                                 state().block.scheduler_stack, state().block.scheduler_stack_size);
#endif
  autoloss_switch_stack(&fibre.stack_pointer, state().block.scheduler);
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_finish_switch_fiber(fibre.fake_stack, nullptr, nullptr);
#endif
}

/// Where a fibre begins: on its own stack, as if it had been called.
void fibre_main() {
  Block& block = state().block;
  Fibre& fibre = *block.running;
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_finish_switch_fiber(nullptr, &block.scheduler_stack, &block.scheduler_stack_size);
#endif
  try {
    (*block.body)();
  } catch (...) {
    if (!block.failure) block.failure = std::current_exception();
  }
  fibre.state = State::kEnded;
  give_way(fibre);
  std::abort();  // an ended fibre is never let on
}

void prepare(Fibre& fibre) {
  // what autoloss_switch_stack takes from there
  void** saved = reinterpret_cast<void**>(fibre.stack + kStack) - kSaved;
  std::fill_n(saved, kSaved, nullptr);
  saved[kGoesTo] = reinterpret_cast<void*>(&fibre_main);
  fibre.stack_pointer = saved;
}

void let_on(Fibre& fibre) {
  Block& block = state().block;
  block.running = &fibre;
  threadIdx = fibre.thread;
#ifdef __SANITIZE_ADDRESS__
  void* fake = nullptr;
  __sanitizer_start_switch_fiber(&fake, fibre.stack, kStack);
#endif
  autoloss_switch_stack(&block.scheduler, fibre.stack_pointer);
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_finish_switch_fiber(fake, nullptr, nullptr);
#endif
  block.running = nullptr;
}

/// The threads that wait, in one sentence.
std::string waiting(const Block& block) {
  std::map<std::string, int> places;
  int ended = 0;
  for (const Fibre& fibre : block.fibres) {
    if (fibre.state == State::kEnded) {
      ++ended;
    } else {
      ++places[(fibre.state == State::kAtBarrier ? "at the barrier " : "for their warp at ") +
               line_of(fibre.file, fibre.line)];
    }
  }
  std::string text;
  for (const auto& [where, count] : places) {
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " wait " + where;
  }
  return text + ", " + std::to_string(ended) + " have ended";
}

/// Opens the barrier if all threads that have not ended are at the same one.
void open_barrier(Block& block) {
  const Fibre* first = nullptr;
  bool same = true;
  int met = 0;
  for (const Fibre& fibre : block.fibres) {
    if (fibre.state == State::kEnded) continue;
    if (first == nullptr) first = &fibre;
    same &= fibre.state == State::kAtBarrier && fibre.line == first->line &&
            std::strcmp(fibre.file, first->file) == 0;
    met += fibre.predicate;
  }
  if (!same) {
    throw std::logic_error("block " + place(blockIdx) +
                           ": its threads wait for each other: " + waiting(block));
  }
  block.met = met;
  for (Fibre& fibre : block.fibres) {
    if (fibre.state == State::kAtBarrier) fibre.state = State::kReady;
  }
}

void run_block(Block& block, std::mt19937_64& random, bool shuffled) {
  std::vector<int> order(block.fibres.size());
  std::iota(order.begin(), order.end(), 0);
  for (Fibre& fibre : block.fibres) {
    fibre.state = State::kReady;
    prepare(fibre);
  }
  std::fill(block.shared.begin(), block.shared.end(), kPoison);
  for (;;) {
    bool moved = false, ended = true;
    if (shuffled) std::shuffle(order.begin(), order.end(), random);
    for (int index : order) {
      Fibre& fibre = block.fibres[index];
      if (fibre.state == State::kReady) {
        let_on(fibre);
        moved = true;
        if (block.failure) std::rethrow_exception(block.failure);
      }
      ended &= fibre.state == State::kEnded;
    }
    if (ended) return;
    if (!moved) open_barrier(block);
  }
}

bool fits(const cudaLaunchConfig_t& config, const void* kernel) {
  const dim3 grid = config.gridDim, block = config.blockDim;
  const uint64_t threads = uint64_t{block.x} * block.y * block.z;
  const auto limit = state().dynamic_limit.find(kernel);
  const size_t shared = limit == state().dynamic_limit.end() ? kDefaultShared : limit->second;
  return threads > 0 && threads <= kMaxThreads && block.z <= 64 && grid.x > 0 && grid.y > 0 &&
         grid.z > 0 && grid.x <= 0x7fffffffu && grid.y <= 65535 && grid.z <= 65535 &&
         config.dynamicSmemBytes <= shared;
}

void check_fence(const char* pointer, size_t bytes) {
  for (size_t i = 0; i < kFence; ++i) {
    if (static_cast<unsigned char>(pointer[bytes + i]) != kFenceByte) {
      throw std::logic_error("a kernel has written " + std::to_string(i) +
                             " bytes past a block of " + std::to_string(bytes) +
                             " bytes of device memory");
    }
  }
}

}  // namespace

Machine& Machine::get() {
  static Machine machine;
  return machine;
}

void Machine::reset() {
  Emulation& s = state();
  s.devices = 1;
  s.device = 0;
  s.no_device = cudaErrorNoDevice;
  s.launch_error = s.last = cudaSuccess;
  s.allocations_left = -1;
  s.seed = 0;
  s.launches = 0;
  s.used.clear();
}

void Machine::shuffle(uint64_t seed) { state().seed = seed; }

void Machine::devices(int count, cudaError_t error) {
  state().devices = count;
  state().no_device = error;
}

void Machine::fail_allocation(int successes) { state().allocations_left = successes; }
void Machine::fail_launch(cudaError_t error) { state().launch_error = error; }
bool Machine::used(int device) const { return state().used.count(device) > 0; }
size_t Machine::allocations() const { return state().allocated.size(); }
size_t Machine::launches() const { return state().launches; }

cudaError_t run(const cudaLaunchConfig_t& config, const void* kernel,
                const std::function<void()>& body) {
  Emulation& s = state();
  const std::lock_guard<std::mutex> lock(s.launching);
  if (s.launch_error != cudaSuccess) {
    const cudaError_t error = s.launch_error;
    s.launch_error = cudaSuccess;
    return report(error);
  }
  if (s.devices == 0) return report(s.no_device);
  if (!fits(config, kernel)) return report(cudaErrorInvalidConfiguration);
  if (!s.stacks) s.stacks = std::make_unique<Stacks>();
  ++s.launches;
  gridDim = config.gridDim;
  blockDim = config.blockDim;
  const unsigned threads = blockDim.x * blockDim.y * blockDim.z;
  if (threads % warpSize != 0) {
    throw std::logic_error("block of " + std::to_string(threads) +
                           " threads: kernels here take whole warps of 32");
  }
  Block& block = s.block;
  block.fibres.assign(threads, Fibre{});
  for (unsigned i = 0; i < threads; ++i) {
    block.fibres[i].index = static_cast<int>(i);
    block.fibres[i].thread = {i % blockDim.x, i / blockDim.x % blockDim.y,
                              i / (blockDim.x * blockDim.y)};
    block.fibres[i].stack = s.stacks->of(static_cast<int>(i));
  }
  block.shared.resize(config.dynamicSmemBytes + 16);
  block.body = &body;
  block.failure = nullptr;

  const uint64_t blocks = uint64_t{gridDim.x} * gridDim.y * gridDim.z;
  std::vector<uint64_t> order(blocks);
  std::iota(order.begin(), order.end(), uint64_t{0});
  std::mt19937_64 random(s.seed);
  if (s.seed != 0) std::shuffle(order.begin(), order.end(), random);
  for (uint64_t i : order) {
    blockIdx = {static_cast<unsigned>(i % gridDim.x),
                static_cast<unsigned>(i / gridDim.x % gridDim.y),
                static_cast<unsigned>(i / (uint64_t{gridDim.x} * gridDim.y))};
    run_block(block, random, s.seed != 0);
  }
  return cudaSuccess;
}

unsigned char* dynamic_shared_memory() {
  const auto address = reinterpret_cast<uintptr_t>(state().block.shared.data());
  return reinterpret_cast<unsigned char*>((address + 15) / 16 * 16);
}

int lane() { return state().block.running->index % warpSize; }

void fail(const std::string& message, const char* file, int line) {
  throw std::logic_error(line_of(file, line) + ": block " + place(blockIdx) + ", thread " +
                         place(threadIdx) + ": " + message);
}

int meet(bool mine, const char* file, int line) {
  Block& block = state().block;
  Fibre& fibre = *block.running;
  fibre.state = State::kAtBarrier;
  fibre.predicate = mine;
  fibre.file = file;
  fibre.line = line;
  give_way(fibre);
  return block.met;
}

const uint64_t* exchange(unsigned mask, uint64_t mine, const char* file, int line) {
  Block& block = state().block;
  Fibre& fibre = *block.running;
  if ((mask >> lane() & 1) == 0) fail("an exchange whose mask leaves out its caller", file, line);
  fibre.state = State::kInExchange;
  fibre.mask = mask;
  fibre.mine = mine;
  fibre.file = file;
  fibre.line = line;
  Fibre* warp = &block.fibres[fibre.index / warpSize * warpSize];
  for (int i = 0; i < warpSize; ++i) {
    if ((mask >> i & 1) == 0) continue;
    if (warp[i].state != State::kInExchange) {
      give_way(fibre);  // the last to come lets all on
      return fibre.lanes;
    }
    if (warp[i].mask != mask || warp[i].line != line || std::strcmp(warp[i].file, file) != 0) {
      fail("lanes of a warp meet at different exchanges: the other is " +
               line_of(warp[i].file, warp[i].line),
           file, line);
    }
  }
  for (int i = 0; i < warpSize; ++i) {
    if ((mask >> i & 1) == 0) continue;
    for (int j = 0; j < warpSize; ++j) {
      if (mask >> j & 1) warp[i].lanes[j] = warp[j].mine;
    }
    warp[i].state = State::kReady;
  }
  return fibre.lanes;
}

cudaError_t set_dynamic_limit(const void* kernel, cudaFuncAttribute attribute, int value) {
  if (attribute != cudaFuncAttributeMaxDynamicSharedMemorySize || value < 0 ||
      static_cast<size_t>(value) > kOptinShared) {
    return report(cudaErrorInvalidValue);
  }
  state().dynamic_limit[kernel] = static_cast<size_t>(value);
  return cudaSuccess;
}

}  // namespace cuda_on_cpu

using cuda_on_cpu::report;
using cuda_on_cpu::state;

const char* cudaGetErrorName(cudaError_t error) {
  switch (error) {
    case cudaSuccess:
      return "cudaSuccess";
    case cudaErrorInvalidValue:
      return "cudaErrorInvalidValue";
    case cudaErrorMemoryAllocation:
      return "cudaErrorMemoryAllocation";
    case cudaErrorInvalidConfiguration:
      return "cudaErrorInvalidConfiguration";
    case cudaErrorInsufficientDriver:
      return "cudaErrorInsufficientDriver";
    case cudaErrorNoDevice:
      return "cudaErrorNoDevice";
    case cudaErrorInvalidDevice:
      return "cudaErrorInvalidDevice";
    case cudaErrorNotReady:
      return "cudaErrorNotReady";
    case cudaErrorIllegalAddress:
      return "cudaErrorIllegalAddress";
    default:
      return "cudaErrorLaunchFailure";
  }
}

const char* cudaGetErrorString(cudaError_t error) {
  switch (error) {
    case cudaSuccess:
      return "no error";
    case cudaErrorInvalidValue:
      return "invalid argument";
    case cudaErrorMemoryAllocation:
      return "out of memory";
    case cudaErrorInvalidConfiguration:
      return "invalid configuration argument";
    case cudaErrorInsufficientDriver:
      return "CUDA driver version is insufficient for CUDA runtime version";
    case cudaErrorNoDevice:
      return "no CUDA-capable device is detected";
    case cudaErrorInvalidDevice:
      return "invalid device ordinal";
    case cudaErrorNotReady:
      return "device not ready";
    case cudaErrorIllegalAddress:
      return "an illegal memory access was encountered";
    default:
      return "unspecified launch failure";
  }
}

cudaError_t cudaGetLastError() {
  const cudaError_t error = state().last;
  state().last = cudaSuccess;
  return error;
}

cudaError_t cudaPeekAtLastError() { return state().last; }

cudaError_t cudaGetDeviceCount(int* count) {
  *count = state().devices;
  return *count > 0 ? cudaSuccess : report(state().no_device);
}

cudaError_t cudaGetDevice(int* device) {
  if (state().devices == 0) return report(state().no_device);
  *device = state().device;
  return cudaSuccess;
}

cudaError_t cudaSetDevice(int device) {
  if (device < 0 || device >= state().devices) return report(cudaErrorInvalidDevice);
  state().device = device;
  state().used.insert(device);
  return cudaSuccess;
}

cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int device) {
  if (device < 0 || device >= state().devices) return report(cudaErrorInvalidDevice);
  switch (attribute) {
    case cudaDevAttrMaxThreadsPerBlock:
      *value = cuda_on_cpu::kMaxThreads;
      break;
    case cudaDevAttrMaxSharedMemoryPerBlock:
      *value = cuda_on_cpu::kDefaultShared;
      break;
    case cudaDevAttrMultiProcessorCount:
      *value = 3;  // odd, so that blocks get unequal shares
      break;
    case cudaDevAttrComputeCapabilityMajor:
      *value = 9;
      break;
    case cudaDevAttrComputeCapabilityMinor:
      *value = 0;
      break;
    case cudaDevAttrMaxSharedMemoryPerMultiprocessor:
      *value = 228 << 10;
      break;
    case cudaDevAttrMaxSharedMemoryPerBlockOptin:
      *value = cuda_on_cpu::kOptinShared;
      break;
    case cudaDevAttrMemoryPoolsSupported:
      *value = 1;
      break;
    default:
      return report(cudaErrorInvalidValue);
  }
  return cudaSuccess;
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
  if (device < 0 || device >= state().devices) return report(cudaErrorInvalidDevice);
  *properties = cudaDeviceProp{};
  std::strcpy(properties->name, "CUDA on CPU");
  properties->major = 9;
  properties->multiProcessorCount = 3;
  properties->totalGlobalMem = size_t{1} << 30;
  properties->sharedMemPerBlockOptin = cuda_on_cpu::kOptinShared;
  return cudaSuccess;
}

cudaError_t cudaDeviceSynchronize() { return cudaSuccess; }

cudaError_t cudaRuntimeGetVersion(int* version) {
  *version = 0;
  return cudaSuccess;
}

cudaError_t cudaDriverGetVersion(int* version) {
  *version = 0;
  return cudaSuccess;
}

cudaError_t cudaPointerGetAttributes(cudaPointerAttributes* attributes, const void* pointer) {
  const std::lock_guard<std::mutex> lock(state().memory);
  state().used.insert(state().device);
  const char* address = static_cast<const char*>(pointer);
  auto after = state().allocated.upper_bound(address);
  if (after != state().allocated.begin()) {
    const auto& [begin, block] = *--after;
    if (address < begin + std::max<size_t>(block.bytes, 1)) {
      *attributes = {cudaMemoryTypeDevice, block.device, const_cast<void*>(pointer), nullptr};
      return cudaSuccess;
    }
  }
  *attributes = {cudaMemoryTypeUnregistered, -1, nullptr, const_cast<void*>(pointer)};
  return cudaSuccess;
}

cudaError_t cudaMalloc(void** pointer, size_t bytes) {
  const std::lock_guard<std::mutex> lock(state().memory);
  if (state().devices == 0) return report(state().no_device);
  state().used.insert(state().device);
  if (state().allocations_left == 0) {
    state().allocations_left = -1;
    return report(cudaErrorMemoryAllocation);
  }
  if (state().allocations_left > 0) --state().allocations_left;
  // as aligned as on a GPU
  const size_t rounded = (bytes + cuda_on_cpu::kFence + 255) / 256 * 256;
  char* memory = static_cast<char*>(std::aligned_alloc(256, rounded));
  if (memory == nullptr) return report(cudaErrorMemoryAllocation);
  std::memset(memory, cuda_on_cpu::kPoison, bytes);
  std::memset(memory + bytes, cuda_on_cpu::kFenceByte, cuda_on_cpu::kFence);
  state().allocated[memory] = {bytes, state().device};
  *pointer = memory;
  return cudaSuccess;
}

cudaError_t cudaFree(void* pointer) {
  if (pointer == nullptr) return cudaSuccess;
  const std::lock_guard<std::mutex> lock(state().memory);
  const auto found = state().allocated.find(static_cast<const char*>(pointer));
  if (found == state().allocated.end()) return report(cudaErrorInvalidValue);
  const size_t bytes = found->second.bytes;
  state().allocated.erase(found);
  const std::unique_ptr<void, void (*)(void*)> owned(pointer, std::free);
  cuda_on_cpu::check_fence(static_cast<const char*>(pointer), bytes);
  return cudaSuccess;
}

cudaError_t cudaMallocAsync(void** pointer, size_t bytes, cudaStream_t) {
  return cudaMalloc(pointer, bytes);
}

cudaError_t cudaFreeAsync(void* pointer, cudaStream_t) { return cudaFree(pointer); }

cudaError_t cudaMallocHost(void** pointer, size_t bytes) {
  *pointer = std::malloc(bytes);
  return *pointer == nullptr ? report(cudaErrorMemoryAllocation) : cudaSuccess;
}

cudaError_t cudaFreeHost(void* pointer) {
  std::free(pointer);
  return cudaSuccess;
}

cudaError_t cudaMemcpy(void* to, const void* from, size_t bytes, cudaMemcpyKind) {
  if (bytes > 0) std::memmove(to, from, bytes);
  return cudaSuccess;
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t) {
  return cudaMemcpy(to, from, bytes, kind);
}

cudaError_t cudaMemset(void* to, int value, size_t bytes) {
  if (bytes > 0) std::memset(to, value, bytes);
  return cudaSuccess;
}

cudaError_t cudaMemsetAsync(void* to, int value, size_t bytes, cudaStream_t) {
  return cudaMemset(to, value, bytes);
}

cudaError_t cudaMemPoolCreate(cudaMemPool_t* pool, const cudaMemPoolProps*) {
  *pool = nullptr;
  return cudaSuccess;
}

cudaError_t cudaMallocFromPoolAsync(void** pointer, size_t bytes, cudaMemPool_t, cudaStream_t) {
  return cudaMalloc(pointer, bytes);
}

cudaError_t cudaMemPoolSetAttribute(cudaMemPool_t, cudaMemPoolAttr, void*) { return cudaSuccess; }

namespace cuda_on_cpu {
namespace {

/// The driver's function of this sort.
int primary_context_state(int device, unsigned* flags, int* active) {
  *flags = 0;
  *active = Machine::get().used(device) ? 1 : 0;
  return 0;
}

}  // namespace
}  // namespace cuda_on_cpu

cudaError_t cudaGetDriverEntryPointByVersion(const char* name, void** function, unsigned,
                                             unsigned long long,
                                             cudaDriverEntryPointQueryResult* result) {
  const bool known = std::strcmp(name, "cuDevicePrimaryCtxGetState") == 0;
  *function = known ? reinterpret_cast<void*>(&cuda_on_cpu::primary_context_state) : nullptr;
  *result = known ? cudaDriverEntryPointSuccess : cudaDriverEntryPointSymbolNotFound;
  return cudaSuccess;
}

cudaError_t cudaStreamCreate(cudaStream_t* stream) {
  *stream = nullptr;
  return cudaSuccess;
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
  return cudaStreamCreate(stream);
}

cudaError_t cudaStreamDestroy(cudaStream_t) { return cudaSuccess; }
cudaError_t cudaStreamSynchronize(cudaStream_t) { return cudaSuccess; }
cudaError_t cudaStreamWaitEvent(cudaStream_t, cudaEvent_t, unsigned) { return cudaSuccess; }

struct CUevent_st {
  std::chrono::steady_clock::time_point time;
};

cudaError_t cudaEventCreate(cudaEvent_t* event) {
  *event = new CUevent_st();
  return cudaSuccess;
}

cudaError_t cudaEventDestroy(cudaEvent_t event) {
  delete event;
  return cudaSuccess;
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t) {
  event->time = std::chrono::steady_clock::now();
  return cudaSuccess;
}

cudaError_t cudaEventSynchronize(cudaEvent_t) { return cudaSuccess; }

cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t start, cudaEvent_t end) {
  *milliseconds = std::chrono::duration<float, std::milli>(end->time - start->time).count();
  return cudaSuccess;
}
