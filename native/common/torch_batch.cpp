// Batches from libtorch's tensors, and libtorch's own loss of them.
#include "autoloss/ops.h"
#include "checks.h"
#include "torch_interface.h"

namespace autoloss {
namespace {

// Of libtorch's interface.
constexpr int32_t kUint8 = 0, kInt32 = 3, kInt64 = 4, kFloat32 = 6;
constexpr int32_t kStrided = 0, kCpu = 0;
constexpr int64_t kMean = 1;        // at::Reduction::Mean
constexpr int64_t kClasses = 1;     // the dimension of the logits
constexpr int64_t kNoLabel = -100;  // what libtorch ignores by default

/// A contiguous tensor on the CPU.
struct Plain {
  int64_t dimensions;
  const int64_t* sizes;
  int32_t type;
  void* data;
};

/// Whether a tensor is contiguous, on the CPU, and what its memory holds.
bool describe(Handle tensor, Plain* plain) {
  const Torch& t = torch();
  bool yes = false;
  int32_t layout = 0, device = 0;
  int64_t* sizes = nullptr;
  if (tensor == nullptr || t.defined(tensor, &yes) != 0 || !yes) return false;
  if (t.layout(tensor, &layout) != 0 || layout != kStrided) return false;
  if (t.device_type(tensor, &device) != 0 || device != kCpu) return false;
  if (t.contiguous(tensor, &yes) != 0 || !yes || t.negated(tensor)) return false;
  if (t.dimensions(tensor, &plain->dimensions) != 0 || t.sizes(tensor, &sizes) != 0) return false;
  plain->sizes = sizes;
  return t.type(tensor, &plain->type) == 0 && t.data(tensor, &plain->data) == 0;
}

/// The LabelType of a type of libtorch's; below 0 for others.
int label_type(int32_t type) {
  switch (type) {
    case kUint8:
      return LABEL_UINT8;
    case kInt32:
      return LABEL_INT32;
    case kInt64:
      return LABEL_INT64;
    default:
      return -1;
  }
}

}  // namespace

bool plain_batch(void* logits, void* labels, Batch* batch) {
  Plain z = {}, y = {};
  if (!describe(logits, &z) || !describe(labels, &y)) return false;
  if (z.dimensions != 4 || y.dimensions != 3 || z.type != kFloat32) return false;
  const int64_t n = z.sizes[0], c = z.sizes[1], h = z.sizes[2], w = z.sizes[3];
  if (c < 2 || c > kMaxClasses) return false;
  if (y.sizes[0] != n || y.sizes[1] != h || y.sizes[2] != w) return false;
  *batch = {z.data, y.data, n, c, h, w, LOGIT_FLOAT32, label_type(y.type), -1, nullptr};
  return batch->label_type >= 0;
}

bool torch_cross_entropy(void* logits, void* labels, void* loss) {
  Batch batch;
  if (!plain_batch(logits, labels, &batch) || batch.label_type != LABEL_INT64) return false;
  if (pixels_of(batch) == 0 || count_labelled(batch) != pixels_of(batch)) return false;
  const Tensor logarithms = Tensor::of(torch().log_softmax, logits, kClasses, false);
  const NoTensor weights;
  const TwoValues made =
      torch().nll_loss2d(logarithms.get(), labels, &weights, kMean, Number(kNoLabel));
  const Tensor mean(new Value{made.first.implementation});
  const Tensor weight(new Value{made.second.implementation});
  mean.assign_to(loss);
  return true;
}

}  // namespace autoloss
