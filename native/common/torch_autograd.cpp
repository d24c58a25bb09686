// Ties gradients into libtorch's autograd, through its C interface. The same could be done from
// Java; there each tensor on the way costs a handle, and a handle as much as a small loss.
#include <cstdint>
#include <stdexcept>
#include <string>

#include "autoloss/ops.h"
#include "libtorch.h"

namespace autoloss {
namespace {

using Handle = void*;  // an at::Tensor*

/// What is used of libtorch's interface.
struct Torch {
  int32_t (*call)(const char* operation, const char* overload, uint64_t* arguments);
  int32_t (*copy)(Handle tensor, Handle* copied);
  int32_t (*assign)(Handle from, Handle to);
  int32_t (*free)(Handle tensor);
  int32_t (*empty)(int64_t dimensions, const int64_t* sizes, const int64_t* strides, int32_t type,
                   int32_t device_type, int32_t device, Handle* made);
  int32_t (*data)(Handle tensor, void** data);
  int32_t (*dimensions)(Handle tensor, int64_t* dimensions);
  int32_t (*type)(Handle tensor, int32_t* type);
  int32_t (*device_type)(Handle tensor, int32_t* type);
  int32_t (*device)(Handle tensor, int32_t* device);
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
                                 ", got an older one; update it");
      }
    };
    Torch functions = {};
    find("aoti_torch_call_dispatcher", &functions.call);
    find("aoti_torch_new_tensor_handle", &functions.copy);
    find("aoti_torch_assign_tensors", &functions.assign);
    find("aoti_torch_delete_tensor_object", &functions.free);
    find("aoti_torch_empty_strided", &functions.empty);
    find("aoti_torch_get_data_ptr", &functions.data);
    find("aoti_torch_get_dim", &functions.dimensions);
    find("aoti_torch_get_dtype", &functions.type);
    find("aoti_torch_get_device_type", &functions.device_type);
    find("aoti_torch_get_device_index", &functions.device);
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

  Handle get() const { return handle_; }

 private:
  Handle handle_;
};

/// An operation of libtorch's on tensors, which autograd takes note of, and its result if it has
/// one. An argument after the tensors is false.
template <class... Handles>
Handle call(const char* operation, Handles... tensors) {
  // the operation takes over the handles that it is given, and leaves the result's in their place
  const Handle given[] = {tensors...};
  uint64_t arguments[sizeof...(tensors) + 1] = {};
  for (size_t i = 0; i < sizeof...(tensors); ++i) {
    Handle copied = nullptr;
    check(torch().copy(given[i], &copied), "copying a tensor");
    arguments[i] = reinterpret_cast<uint64_t>(copied);
  }
  check(torch().call(operation, "", arguments), operation);
  return reinterpret_cast<Handle>(arguments[0]);
}

void set_data(Handle tensor, Handle data) { call("aten::set_data", tensor, data); }

/// Puts a result's data, or a number, in the place of a scalar's.
void set_scalar(Handle scalar, Handle result, double number) {
  if (result != nullptr) {
    set_data(scalar, result);
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

}  // namespace

void tie_gradient(void* logits, void* gradient, void* value, double number, void* operand,
                  void* loss) {
  const Tensor saved(element_like(value == nullptr ? gradient : value));
  const Tensor here(call("aten::alias", logits));
  set_data(here.get(), saved.get());
  const Tensor product(call("aten::dot", here.get(), saved.get()));
  const Tensor same(call("aten::copy_", saved.get(), here.get()));
  set_data(saved.get(), gradient);
  set_scalar(product.get(), value, number);
  assign(saved, operand);
  assign(product, loss);
}

void borrow_nodes(void* input, void* zeros, void* result, double number, void* token, void* view,
                  void* made) {
  const Tensor saved(element_like(input));
  const Tensor here(call("aten::alias", input));
  set_data(here.get(), saved.get());
  const Tensor product(call("aten::dot", here.get(), saved.get()));
  set_data(saved.get(), zeros);
  assign(saved, token);
  assign(here, view);
  int64_t dimensions = 0;
  if (result != nullptr) check(torch().dimensions(result, &dimensions), "asking for sizes");
  if (dimensions == 0) {
    set_scalar(product.get(), result, number);
    assign(product, made);
  } else {
    const Tensor expanded(call("aten::expand_as", product.get(), result));
    set_data(expanded.get(), result);
    assign(expanded, made);
  }
}

}  // namespace autoloss
