// Memory that a kernel needs while it runs, on the thread that asks for it. Small blocks come from
// a place of the thread's own: to ask malloc for the dozens that a small image needs takes longer
// than its kernels do.
#ifndef AUTOLOSS_COMMON_SCRATCH_H_
#define AUTOLOSS_COMMON_SCRATCH_H_

#include <cstddef>
#include <new>
#include <vector>

namespace autoloss {

/// Memory aligned to 64 bytes or, where it is large, as operator new has it. Throws std::bad_alloc.
void* take_scratch(size_t bytes);

/// Gives it back, on the same thread.
void give_scratch(void* memory, size_t bytes) noexcept;

/// For containers that stay on the thread that made them.
template <class Number, bool Zeroed>
struct ScratchAllocator {
  using value_type = Number;
  template <class Other>
  struct rebind {
    using other = ScratchAllocator<Other, Zeroed>;
  };

  ScratchAllocator() = default;
  template <class Other>
  ScratchAllocator(const ScratchAllocator<Other, Zeroed>&) {}

  Number* allocate(size_t count) {
    if (count > static_cast<size_t>(-1) / sizeof(Number)) throw std::bad_alloc();
    return static_cast<Number*>(take_scratch(count * sizeof(Number)));
  }
  void deallocate(Number* memory, size_t count) noexcept {
    give_scratch(memory, count * sizeof(Number));
  }

  /// What a vector of a size begins with.
  template <class Element>
  void construct(Element* element) {
    if (Zeroed) {
      ::new (element) Element();
    } else {
      ::new (element) Element;
    }
  }
  template <class Element, class... Arguments>
  void construct(Element* element, const Arguments&... arguments) {
    ::new (element) Element(arguments...);
  }

  friend bool operator==(const ScratchAllocator&, const ScratchAllocator&) { return true; }
  friend bool operator!=(const ScratchAllocator&, const ScratchAllocator&) { return false; }
};

/// Numbers that are 0 at first.
template <class Number>
using Zeros = std::vector<Number, ScratchAllocator<Number, true>>;

/// Numbers that are written before they are read.
template <class Number>
using Room = std::vector<Number, ScratchAllocator<Number, false>>;

}  // namespace autoloss

#endif  // AUTOLOSS_COMMON_SCRATCH_H_
