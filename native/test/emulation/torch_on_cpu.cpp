// Takes the place of libtorch's CUDA library in tests: the few functions of its C interface that
// cuda/runtime.cu looks for, on memory of the host. Built as a library of that name.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>

namespace {

constexpr size_t kAlignment = 256;

int nobody = 0;
void* current = &nobody;  // the stream that is current: none that a test has, at first
int guarded = -1;         // the device of the guard that lives
int64_t loans = 0;
bool empty = false;
std::map<void*, int> lent;  // and on which device

}  // namespace

extern "C" {

int32_t aoti_torch_get_current_cuda_stream(int32_t, void** stream) {
  *stream = current;
  return 0;
}

int32_t aoti_torch_create_cuda_guard(int32_t device, void** guard) {
  guarded = device;
  *guard = &guarded;
  return 0;
}

int32_t aoti_torch_delete_cuda_guard(void* guard) {
  guarded = -1;
  return guard == &guarded ? 0 : 1;
}

int32_t aoti_torch_cuda_caching_allocator_raw_alloc(uint64_t bytes, void** memory) {
  if (empty || guarded < 0) return 1;
  const size_t size = (bytes + kAlignment - 1) / kAlignment * kAlignment;
  *memory = std::aligned_alloc(kAlignment, size);
  std::memset(*memory, 0xFF, size);
  lent[*memory] = guarded;
  ++loans;
  return 0;
}

int32_t aoti_torch_cuda_caching_allocator_raw_delete(void* memory) {
  if (lent.erase(memory) == 0) return 1;
  std::free(memory);
  return 0;
}

// ---- for tests ---------------------------------------------------------------------------------

void torch_on_cpu_set_stream(void* stream) { current = stream; }
void* torch_on_cpu_no_stream() { return &nobody; }
void torch_on_cpu_run_out(int32_t now) { empty = now != 0; }
int64_t torch_on_cpu_loans() { return loans; }
int64_t torch_on_cpu_lent() { return static_cast<int64_t>(lent.size()); }
}
