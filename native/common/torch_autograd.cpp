// Ties gradients into libtorch's autograd. The same could be done from Java; there each tensor on
// the way costs a handle, and a handle as much as a small loss. Where libtorch's C interface has a
// function it is used; what it lacks, or does by looking an operation up by its name, are C++
// functions of libtorch's, found by their mangled names, since its headers are not at hand. Their
// signatures are as old as its present autograd; a release that lacks one is refused with its name.
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

#include "autoloss/ops.h"
#include "libtorch.h"

namespace autoloss {
namespace {

using Handle = void*;  // an at::Tensor*

/// Stands for an at::Tensor that a function of libtorch's returns: of its size, and with a
/// destructor of its own, so that compilers return it as one.
struct Value {
  Value(const Value&) = delete;
  Value& operator=(const Value&) = delete;
  ~Value() {}

  void* implementation;
};

/// As torch::autograd::Edge: a node and which of its inputs.
struct Edge {
  std::shared_ptr<void> node;
  uint32_t input;
};

/// A hook on what flows back to a tensor.
using Hook = std::function<Value(const void* gradient)>;

/// What is used of libtorch's interface.
struct Torch {
  // its C interface
  int32_t (*assign)(Handle from, Handle to);
  int32_t (*free)(Handle tensor);
  int32_t (*empty)(int64_t dimensions, const int64_t* sizes, const int64_t* strides, int32_t type,
                   int32_t device_type, int32_t device, Handle* made);
  int32_t (*data)(Handle tensor, void** data);
  int32_t (*dimensions)(Handle tensor, int64_t* dimensions);
  int32_t (*type)(Handle tensor, int32_t* type);
  int32_t (*device_type)(Handle tensor, int32_t* type);
  int32_t (*device)(Handle tensor, int32_t* device);
  // its C++ functions, of which references are pointers
  Value (*alias)(Handle tensor);
  Value (*dot)(Handle a, Handle b);
  Value (*expand_as)(Handle tensor, Handle like);
  void (*set_data)(Handle tensor, Handle data);
  Edge (*gradient_edge)(Handle tensor);
  void (*set_gradient_edge)(Handle tensor, Edge edge);
  unsigned (*register_hook)(Handle tensor, Hook hook);
};

const Torch& torch() {
  static const Torch found = [] {
    void* library = loaded_libtorch("libtorch_cpu.so");
    if (library == nullptr) {
      throw std::runtime_error("libtorch: expected it in this process, whose tensors these are");
    }
    const auto find = [library](const char* name, auto* function) {
      find_function(library, name, function);
      if (*function == nullptr) {
        throw std::runtime_error(std::string("libtorch: expected one that has ") + name +
                                 ", got another release; use PyTorch 2.10, whose presets this "
                                 "library depends on");
      }
    };
    Torch functions = {};
    find("aoti_torch_assign_tensors", &functions.assign);
    find("aoti_torch_delete_tensor_object", &functions.free);
    find("aoti_torch_empty_strided", &functions.empty);
    find("aoti_torch_get_data_ptr", &functions.data);
    find("aoti_torch_get_dim", &functions.dimensions);
    find("aoti_torch_get_dtype", &functions.type);
    find("aoti_torch_get_device_type", &functions.device_type);
    find("aoti_torch_get_device_index", &functions.device);
    find("_ZN2at4_ops5alias4callERKNS_6TensorE", &functions.alias);
    find("_ZN2at4_ops3dot4callERKNS_6TensorES4_", &functions.dot);
    find("_ZN2at4_ops9expand_as4callERKNS_6TensorES4_", &functions.expand_as);
    find("_ZN2at4_ops8set_data4callERNS_6TensorERKS2_", &functions.set_data);
    find("_ZN5torch8autograd4impl13gradient_edgeERKN2at6TensorE", &functions.gradient_edge);
    find("_ZN5torch8autograd4impl17set_gradient_edgeERKN2at6TensorENS0_4EdgeE",
         &functions.set_gradient_edge);
    find("_ZNK2at10TensorBase14_register_hookESt8functionIFS0_RKS0_EE", &functions.register_hook);
    return functions;
  }();
  return found;
}

void check(int32_t error, const char* operation) {
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
  template <class... Handles>
  static Tensor of(Value (*operation)(Handles...), Handles... tensors) {
    return Tensor(new Value(operation(tensors...)));
  }

  Handle get() const { return handle_; }

 private:
  Handle handle_;
};

/// Puts a result's data, or a number, in the place of a scalar's.
void set_scalar(Handle scalar, Handle result, double number) {
  if (result != nullptr) {
    torch().set_data(scalar, result);
    return;
  }
  void* data = nullptr;
  check(torch().data(scalar, &data), "asking for memory");
  *static_cast<float*>(data) = static_cast<float>(number);
}

/// Hands a tensor on.
void assign(const Tensor& from, Handle to) {
  check(torch().assign(from.get(), to), "assigning a tensor");
}

/// One element of a tensor's type, where that is.
Handle element_like(Handle tensor) {
  const int64_t one = 1;
  int32_t type = 0, device_type = 0, device = 0;
  check(torch().type(tensor, &type), "asking for a type");
  check(torch().device_type(tensor, &device_type), "asking for a device");
  check(torch().device(tensor, &device), "asking for a device");
  Handle made = nullptr;
  check(torch().empty(1, &one, &one, type, device_type, device, &made), "making a tensor");
  return made;
}

/// Ends a second backward pass.
Value refuse(const void*) {
  throw std::runtime_error(
      "loss: expected to be differentiated once, got a second derivative through a loss that has "
      "none; use a loss made of libtorch operations there, such as ce, or differentiate without "
      "create_graph");
}

}  // namespace

void refuse_derivative(void* tensor, void* logits) {
  // a node of its own, on which nothing else comes by
  const Tensor function = Tensor::of(torch().alias, logits);
  torch().set_gradient_edge(tensor, torch().gradient_edge(function.get()));
  torch().register_hook(tensor, refuse);
}

void tie_gradient(void* logits, void* gradient, void* value, double number, void* loss) {
  const Handle like = value == nullptr ? gradient : value;
  const Tensor saved(element_like(like));
  const Tensor here(element_like(like));
  torch().set_gradient_edge(here.get(), torch().gradient_edge(logits));
  const Tensor product = Tensor::of(torch().dot, here.get(), saved.get());
  refuse_derivative(saved.get(), logits);
  torch().set_data(saved.get(), gradient);
  set_scalar(product.get(), value, number);
  assign(product, loss);
}

void borrow_nodes(void* input, void* zeros, void* result, double number, void* token, void* view,
                  void* made) {
  const Tensor saved(element_like(input));
  const Tensor here = Tensor::of(torch().alias, input);
  torch().set_data(here.get(), saved.get());
  const Tensor product = Tensor::of(torch().dot, here.get(), saved.get());
  torch().set_data(saved.get(), zeros);
  assign(saved, token);
  assign(here, view);
  int64_t dimensions = 0;
  if (result != nullptr) check(torch().dimensions(result, &dimensions), "asking for sizes");
  if (dimensions == 0) {
    set_scalar(product.get(), result, number);
    assign(product, made);
  } else {
    const Tensor expanded = Tensor::of(torch().expand_as, product.get(), result);
    torch().set_data(expanded.get(), result);
    assign(expanded, made);
  }
}

}  // namespace autoloss
