// Ties gradients into libtorch's autograd. The same could be done from Java; there each tensor on
// the way costs a handle, and a handle as much as a small loss.
#include <memory>
#include <stdexcept>

#include "autoloss/ops.h"
#include "torch_interface.h"

namespace autoloss {
namespace {

/// Puts a result's data, or a number, in the place of a scalar's.
void set_scalar(Handle scalar, Handle result, double number) {
  if (result != nullptr) {
    torch().set_data(scalar, result);
    return;
  }
  void* data = nullptr;
  check_torch(torch().data(scalar, &data), "asking for memory");
  *static_cast<float*>(data) = static_cast<float>(number);
}

/// Of what type elements are, and where.
struct Kind {
  int32_t type = 0, device_type = 0, device = 0;

  explicit Kind(Handle tensor) {
    check_torch(torch().type(tensor, &type), "asking for a type");
    check_torch(torch().device_type(tensor, &device_type), "asking for a device");
    check_torch(torch().device(tensor, &device), "asking for a device");
  }

  bool operator==(const Kind& other) const {
    return type == other.type && device_type == other.device_type && device == other.device;
  }
};

/// One element.
Handle element(const Kind& kind) {
  const int64_t one = 1;
  Handle made = nullptr;
  check_torch(torch().empty(1, &one, &one, kind.type, kind.device_type, kind.device, &made),
              "making a tensor");
  return made;
}

/// An element that counts as a tensor's function for as long as this lives. The thread keeps it and
/// uses it again: to make one takes a fiftieth of a small loss's step.
class Stand {
 public:
  Stand(const Kind& kind, Handle function) : own_(of_thread(kind)) {
    torch().set_gradient_edge(own_, torch().gradient_edge(function));
  }
  Stand(const Stand&) = delete;
  Stand& operator=(const Stand&) = delete;
  ~Stand() { torch().set_gradient_edge(own_, Edge{}); }

  Handle get() const { return own_; }

 private:
  static Handle of_thread(const Kind& kind) {
    struct Kept {
      Kind kind;
      Tensor tensor;
      explicit Kept(const Kind& kind) : kind(kind), tensor(element(kind)) {}
    };
    thread_local std::unique_ptr<Kept> kept;
    if (kept == nullptr || !(kept->kind == kind)) kept = std::make_unique<Kept>(kind);
    return kept->tensor.get();
  }

  Handle own_;
};

/// Ends a second backward pass.
Value refuse(const Value&) {
  throw std::runtime_error(
      "loss: expected to be differentiated once, got a second derivative through a loss that has "
      "none; use a loss made of libtorch operations there, such as ce, or differentiate without "
      "create_graph");
}

/// Another use of a tensor.
std::shared_ptr<Tensor> shared(Handle tensor) {
  Handle other = nullptr;
  check_torch(torch().share(tensor, &other), "sharing a tensor");
  return std::make_shared<Tensor>(other);
}

Tensor contiguous(Handle tensor) {
  constexpr int8_t kContiguous = 0;  // c10::MemoryFormat::Contiguous
  return Tensor::of(torch().contiguous_form, tensor, kContiguous);
}

float* floats_of(const Tensor& tensor) {
  void* data = nullptr;
  check_torch(torch().data(tensor.get(), &data), "asking for memory");
  return static_cast<float*>(data);
}

/// How often a tensor was changed in place; tensors of inference mode do not count it.
int64_t version_of(Handle tensor) {
  try {
    return torch().version(tensor);
  } catch (const std::exception&) {
    return -1;
  }
}

/// Multiplies what flows in with the second derivative of pixel_loss.
struct PixelCurvature {
  PixelRule rule;
  std::shared_ptr<Tensor> logits, labels;
  int64_t logits_version, labels_version;

  Value operator()(const Value& flow) const {
    if (torch().makes_graphs()) {
      throw std::runtime_error(
          "loss: expected to be differentiated twice at most, got a graph of its second "
          "derivative; differentiate the second time without create_graph");
    }
    if (version_of(logits->get()) != logits_version ||
        version_of(labels->get()) != labels_version) {
      throw std::runtime_error(
          "loss: expected logits and labels as they were, got others: an operation has changed "
          "them in place before the second derivative");
    }
    const Tensor z = contiguous(logits->get()), y = contiguous(labels->get());
    const Tensor direction = contiguous(const_cast<Value*>(&flow)), product = like(direction);
    Batch batch;
    if (!plain_batch(z.get(), y.get(), &batch)) {
      throw std::runtime_error("loss: expected logits and labels on the CPU");
    }
    pixel_curvature(rule, batch, floats_of(direction), floats_of(product));
    return torch().alias(product.get());
  }

 private:
  static Tensor like(const Tensor& contiguous) {
    int64_t *sizes = nullptr, *strides = nullptr;
    const Kind kind(contiguous.get());
    check_torch(torch().sizes(contiguous.get(), &sizes), "asking for sizes");
    check_torch(torch().strides(contiguous.get(), &strides), "asking for strides");
    Handle made = nullptr;
    constexpr int64_t kDimensions = 4;
    check_torch(
        torch().empty(kDimensions, sizes, strides, kind.type, kind.device_type, kind.device, &made),
        "making a tensor");
    return Tensor(made);
  }
};

/// Makes a tensor look like a function of the logits, whose derivative a hook finds.
void derive(Handle tensor, Handle logits, Hook hook) {
  // a node of its own, on which nothing else comes by
  const Tensor function = Tensor::of(torch().alias, logits);
  torch().set_gradient_edge(tensor, torch().gradient_edge(function.get()));
  torch().register_hook(tensor, std::move(hook));
}

Hook pixel_hook(const PixelRule& rule, Handle logits, Handle labels) {
  return PixelCurvature{rule, shared(logits), shared(labels), version_of(logits),
                        version_of(labels)};
}

/// See tie_gradient. derive_operand(operand) is called when the product has recorded it as a
/// constant.
template <class Derive>
void tie(Handle logits, Handle gradient, Handle value, double number, Handle loss,
         const Derive& derive_operand) {
  const Kind kind(value == nullptr ? gradient : value);
  const Tensor saved(element(kind));
  const Stand here(kind, logits);
  const Tensor product = Tensor::of(torch().dot, here.get(), saved.get());
  derive_operand(saved.get());
  torch().set_data(saved.get(), gradient);
  set_scalar(product.get(), value, number);
  product.assign_to(loss);
}

}  // namespace

void refuse_derivative(void* tensor, void* logits) { derive(tensor, logits, refuse); }

void derive_pixels(const PixelRule& rule, void* tensor, void* logits, void* labels) {
  derive(tensor, logits, pixel_hook(rule, logits, labels));
}

void tie_pixels(const PixelRule& rule, void* logits, void* labels, void* gradient, double number,
                void* loss) {
  tie(logits, gradient, nullptr, number, loss,
      [&](Handle operand) { derive_pixels(rule, operand, logits, labels); });
}

void tie_gradient(void* logits, void* gradient, void* value, double number, void* loss) {
  tie(logits, gradient, value, number, loss,
      [&](Handle operand) { refuse_derivative(operand, logits); });
}

void borrow_nodes(void* input, void* zeros, void* result, double number, void* token, void* view,
                  void* made) {
  const Tensor saved(element(Kind(input)));
  const Tensor here = Tensor::of(torch().alias, input);
  torch().set_data(here.get(), saved.get());
  const Tensor product = Tensor::of(torch().dot, here.get(), saved.get());
  torch().set_data(saved.get(), zeros);
  saved.assign_to(token);
  here.assign_to(view);
  int64_t dimensions = 0;
  if (result != nullptr) check_torch(torch().dimensions(result, &dimensions), "asking for sizes");
  if (dimensions == 0) {
    set_scalar(product.get(), result, number);
    product.assign_to(made);
  } else {
    const Tensor expanded = Tensor::of(torch().expand_as, product.get(), result);
    torch().set_data(expanded.get(), result);
    expanded.assign_to(made);
  }
}

}  // namespace autoloss
