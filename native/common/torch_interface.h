// What is used of libtorch's interface. Where its C interface has a function that is used; what it
// lacks, or does by looking an operation up by its name, are C++ functions of libtorch's, found by
// their mangled names, since its headers are not at hand. Their signatures are as old as its
// present autograd; a release that lacks one is refused with its name.
#ifndef AUTOLOSS_COMMON_TORCH_INTERFACE_H_
#define AUTOLOSS_COMMON_TORCH_INTERFACE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

namespace autoloss {

using Handle = void*;  // an at::Tensor*

/// Stands for an at::Tensor that a function of libtorch's returns: of its size, and with a
/// destructor of its own, so that compilers return it as one.
struct Value {
  Value(const Value&) = delete;
  Value& operator=(const Value&) = delete;
  ~Value() {}

  void* implementation;
};

/// As std::tuple<at::Tensor, at::Tensor>, whose last element comes first in memory.
struct TwoValues {
  Value second, first;
};

/// As c10::SymInt, of a number that is known: passed by address, since it has a destructor.
struct Number {
  explicit Number(int64_t value) : value(value) {}
  ~Number() {}

  int64_t value;
};

/// As std::optional<at::Tensor>, without one.
struct NoTensor {
  Handle implementation = nullptr;
  bool there = false;
};

/// As torch::autograd::Edge: a node and which of its inputs.
struct Edge {
  std::shared_ptr<void> node;
  uint32_t input;
};

/// A hook on what flows back to a tensor.
using Hook = std::function<Value(const Value& gradient)>;

/// Functions of libtorch's.
struct Torch {
  // its C interface
  int32_t (*assign)(Handle from, Handle to);
  int32_t (*free)(Handle tensor);
  int32_t (*share)(Handle tensor, Handle* other);
  int32_t (*empty)(int64_t dimensions, const int64_t* sizes, const int64_t* strides, int32_t type,
                   int32_t device_type, int32_t device, Handle* made);
  int32_t (*data)(Handle tensor, void** data);
  int32_t (*defined)(Handle tensor, bool* defined);
  int32_t (*layout)(Handle tensor, int32_t* layout);
  int32_t (*contiguous)(Handle tensor, bool* contiguous);
  int32_t (*dimensions)(Handle tensor, int64_t* dimensions);
  int32_t (*sizes)(Handle tensor, int64_t** sizes);
  int32_t (*strides)(Handle tensor, int64_t** strides);
  int32_t (*type)(Handle tensor, int32_t* type);
  int32_t (*device_type)(Handle tensor, int32_t* type);
  int32_t (*device)(Handle tensor, int32_t* device);
  // its C++ functions, of which references are pointers
  Value (*alias)(Handle tensor);
  Value (*dot)(Handle a, Handle b);
  Value (*expand_as)(Handle tensor, Handle like);
  Value (*log_softmax)(Handle tensor, int64_t dimension, bool widen);
  TwoValues (*nll_loss2d)(Handle logarithms, Handle labels, const NoTensor* weights,
                          int64_t reduction, Number ignored);
  Value (*contiguous_form)(Handle tensor, int8_t memory_format);
  void (*set_data)(Handle tensor, Handle data);
  bool (*negated)(Handle tensor);  // whether what it is is minus what its memory holds
  int64_t (*version)(Handle tensor);
  bool (*makes_graphs)();
  Edge (*gradient_edge)(Handle tensor);
  void (*set_gradient_edge)(Handle tensor, Edge edge);
  unsigned (*register_hook)(Handle tensor, Hook hook);
};

/// Throws std::runtime_error where libtorch is not in this process, or lacks a function.
const Torch& torch();

/// Throws std::runtime_error where a function of the C interface has failed.
inline void check_torch(int32_t error, const char* operation) {
  if (error != 0) throw std::runtime_error(std::string("libtorch: ") + operation + " failed");
}

/// A tensor of libtorch's that is held here.
class Tensor {
 public:
  explicit Tensor(Handle owned) : handle_(owned) {}
  Tensor(const Tensor&) = delete;
  Tensor& operator=(const Tensor&) = delete;
  ~Tensor() { torch().free(handle_); }

  /// What an operation of libtorch's returns.
  template <class... Parameters, class... Arguments>
  static Tensor of(Value (*operation)(Parameters...), Arguments... arguments) {
    return Tensor(new Value(operation(arguments...)));
  }

  Handle get() const { return handle_; }

  /// Hands the tensor on.
  void assign_to(Handle to) const {
    check_torch(torch().assign(handle_, to), "assigning a tensor");
  }

 private:
  Handle handle_;
};

}  // namespace autoloss

#endif  // AUTOLOSS_COMMON_TORCH_INTERFACE_H_
