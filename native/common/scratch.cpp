// The memory of each thread that small blocks come from.
#include "scratch.h"

namespace autoloss {
namespace {

constexpr size_t kSize = 64 * 1024, kLargest = 32 * 1024, kAlignment = 64;

/// A stack of blocks. Those that are not given back in turn are free when all are.
struct Stack {
  alignas(kAlignment) unsigned char memory[kSize];
  size_t used, blocks;

  bool has(const void* block) const { return block >= memory && block < memory + kSize; }
};

thread_local Stack stack;

size_t rounded(size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

}  // namespace

void* take_scratch(size_t bytes) {
  const size_t size = rounded(bytes);
  Stack& own = stack;
  if (bytes > kLargest || own.used + size > kSize) return ::operator new(bytes);
  void* block = own.memory + own.used;
  own.used += size;
  ++own.blocks;
  return block;
}

void give_scratch(void* memory, size_t bytes) noexcept {
  Stack& own = stack;
  if (!own.has(memory)) {
    ::operator delete(memory);
    return;
  }
  const bool last = memory == own.memory + own.used - rounded(bytes);
  if (last) own.used -= rounded(bytes);
  if (--own.blocks == 0) own.used = 0;
}

}  // namespace autoloss
