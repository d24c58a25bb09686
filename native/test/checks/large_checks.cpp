// The fused losses and counts where loops over tiles go round more than once and where a tensor has
// more elements than an int counts; with odd offsets of memory; on two streams at once. On a GPU at
// such sizes; where kernels run on the CPU, which would take hours, at small ones.
#include <cstring>
#include <string>
#include <vector>

#include "losses.h"
#include "random_graphs.h"

namespace {

using namespace autoloss;
using namespace checks;

#ifdef AUTOLOSS_EMULATED
const Sizes kWide{2, 21, 18, 33}, kManyClasses{1, 150, 7, 9}, kImage{1, 3, 9, 14};
constexpr int64_t kMostElements = 1000;
#else
const Sizes kWide{2, 21, 512, 512}, kManyClasses{1, 150, 256, 256}, kImage{1, 3, 512, 512};
constexpr int64_t kMostElements = (int64_t{1} << 31) + 1;
#endif

/// Curves of two pieces, two for mIoU; of one piece, four, for BF1.
FusedLoss miou() {
  const std::vector<double> points{0.2, 0.3, 0.5, 0.55, 0.8, 0.7, 0.3, 0.2, 0.45, 0.5, 0.7, 0.9};
  return narrow({"mIoU", [=](const Batch& batch, float* value, float* gradient) {
                   return region_surrogate(METRIC_MIOU, points.data(), 12, ABSENT_COUNT, batch,
                                           value, gradient);
                 }});
}

FusedLoss bf1() {
  const std::vector<double> points{0.4, 0.5, 0.5, 0.4, 0.6, 0.5, 0.5, 0.6};
  return {"BF1", [=](const Batch& batch, float* value, float* gradient) {
            return boundary_surrogate(METRIC_BF1, points.data(), 8, ABSENT_COUNT, 5, 0, 0, batch,
                                      value, gradient);
          }};
}

FusedLoss dice() {
  return narrow({"Dice", [](const Batch& batch, float* value, float* gradient) {
                   return overlap_loss(1, 0.5, 0.5, ABSENT_COUNT, batch, value, gradient);
                 }});
}

FusedLoss lovasz() {
  return {"Lovasz", [](const Batch& batch, float* value, float* gradient) {
            return lovasz_loss(0, batch, value, gradient);
          }};
}

FusedLoss ssim() {
  return {"SSIM", [](const Batch& batch, float* value, float* gradient) {
            return ssim_loss(batch, value, gradient);
          }};
}

/// A loss graph of the given formula.
FusedLoss graph(const std::string& name, const std::string& text) {
  const std::vector<int32_t> code = parse_graph(text);
  return {name, [=](const Batch& batch, float* value, float* gradient) {
            return graph_loss(code.data(), static_cast<int64_t>(code.size() / 3), 1e-12, batch,
                              value, gradient);
          }};
}

/// Cross entropy, whose pixels do not meet, and a graph that runs level by level.
FusedLoss cross_entropy() { return graph("cross entropy graph", "neg(mul(y,log(yhat)))"); }
FusedLoss levels() {
  return graph("graph with levels", "square(add(maxpool3(yhat),neg(mean_nhw(yhat))))");
}

std::vector<FusedLoss> all_losses() {
  return {miou(), bf1(), dice(), lovasz(), ssim(), cross_entropy(), levels()};
}

/// Sums over many pixels in float32 on either side: some 1e-6 of them, in any order.
FusedLoss large(FusedLoss loss) {
  loss.value_tolerance = 1e-5;
  loss.gradient_tolerance = 1e-4;
  return loss;
}

const Case kSizes("large/[2,21,512,512]", [] {
  const Images batch = Images::random(kWide, 1);
  for (const FusedLoss& loss : all_losses()) {
    compare(large(loss), batch);
    compare(large(loss), batch, {LOGIT_BFLOAT16, LABEL_UINT8});
  }
});

const Case kClasses("large/[1,150,256,256]", [] {
  const Images batch = Images::random(kManyClasses, 2);
  for (const FusedLoss& loss : all_losses()) {
    compare(large(loss), batch);
  }
});

/// A copy of the values that begins `offset` values after where an allocation does.
template <class T>
class Shifted {
 public:
  Shifted(const std::vector<T>& values, size_t offset) : offset_(offset), all_(padded(values)) {}

  T* get() const { return all_.get() + offset_; }

 private:
  std::vector<T> padded(const std::vector<T>& values) const {
    std::vector<T> result(offset_);
    result.insert(result.end(), values.begin(), values.end());
    return result;
  }

  size_t offset_;
  DeviceArray<T> all_;
};

const Case kOffsets("large/odd storage offsets", [] {
  const Images batch = Images::random({1, 5, 17, 31}, 3);
  for (const FusedLoss& loss : all_losses()) {
    for (int type : {LOGIT_FLOAT32, LOGIT_FLOAT16, LOGIT_BFLOAT16}) {
      const size_t size = type == LOGIT_FLOAT32 ? 4 : 2;
      const Result expected = on_gpu(loss, batch, {type, LABEL_UINT8});
      const Shifted<uint8_t> logits(Logits(batch.logits, type).raw(), size);
      const Shifted<uint8_t> labels(Labels(batch.labels, LABEL_UINT8).raw(), 1);
      const DeviceArray<float> value(1);
      const DeviceGradient gradient(batch.logits.size(), gradient_type(loss.narrow, type), 1);
      loss.call(gpu_batch(batch.shape, logits.get(), type, labels.get(), LABEL_UINT8), value.get(),
                gradient.get());
      const std::string what = loss.name + ", logits of type " + std::to_string(type);
      expect(value.values()[0] == expected.value, what + ": the same value");
      expect_equal(gradient.values(), expected.gradient, what);
    }
  }
});

class Stream {
 public:
  Stream() { succeed(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking)); }
  ~Stream() { cudaStreamDestroy(stream_); }

  cudaStream_t get() const { return stream_; }

 private:
  cudaStream_t stream_ = nullptr;
};

const Case kStreams("large/two streams at once", [] {
  const Images batches[2] = {Images::random(kWide, 4), Images::random(kWide, 5)};
  for (const FusedLoss& loss : all_losses()) {
    const Stream streams[2];
    const size_t count = batches[0].logits.size();
    const DeviceArray<float> z[2] = {DeviceArray<float>(batches[0].logits),
                                     DeviceArray<float>(batches[1].logits)};
    const DeviceArray<int64_t> y[2] = {DeviceArray<int64_t>(batches[0].labels),
                                       DeviceArray<int64_t>(batches[1].labels)};
    const DeviceArray<float> value[2] = {DeviceArray<float>(1), DeviceArray<float>(1)};
    const DeviceArray<float> gradient[2] = {DeviceArray<float>(count), DeviceArray<float>(count)};
    for (int round = 0; round < 3; ++round) {
      for (int i = 0; i < 2; ++i) {
        loss.call(gpu_batch(batches[i].shape, z[i].get(), LOGIT_FLOAT32, y[i].get(), LABEL_INT64,
                            streams[i].get()),
                  value[i].get(), gradient[i].get());
      }
    }
    for (int i = 0; i < 2; ++i) {
      const Result alone = on_gpu(loss, batches[i]);
      expect(value[i].values()[0] == alone.value, loss.name + ": the value of a stream alone");
      expect_equal(gradient[i].values(), alone.gradient, loss.name);
    }
  }
});

/// An image repeated n times: the classes' sums are n times as large, their ratios as before, so
/// the loss is the image's and each image's gradient a share of 1/n. The last image is looked at,
/// whose elements lie beyond 2^31.
void compare_repeated(const FusedLoss& loss, int logit_type) {
  const Images image = Images::random(kImage, 6);
  const Types types{logit_type, LABEL_UINT8};
  const Result once = on_gpu(loss, image, types);
  Sizes all = kImage;
  all.n = kMostElements / kImage.elements() + 1;
  const auto logits = repeated(Logits(image.logits, logit_type).raw(), all.n);
  const auto labels = repeated(Labels(image.labels, LABEL_UINT8).raw(), all.n);
  const DeviceArray<float> value(1);
  const DeviceGradient gradient(static_cast<size_t>(all.elements()),
                                gradient_type(loss.narrow, logit_type));
  loss.call(gpu_batch(all, logits->get(), logit_type, labels->get(), LABEL_UINT8), value.get(),
            gradient.get());
  const std::string what = loss.name + " of " + all.text();
  expect_close(value.values()[0], once.value, 1e-4, what + ", value");
  std::vector<float> last = gradient.last(image.logits.size());
  for (float& g : last) g *= static_cast<float>(all.n);
  // both sides may be rounded to bfloat16, some 1.5e-3 each
  expect_close(difference(last, once.gradient, 1e-30), 0, loss.narrow ? 5e-3 : 1e-3,
               what + ", gradient of the last");
}

const Case kElements("large/more than 2^31 elements", [] {
  for (const FusedLoss& loss : {miou(), bf1(), dice(), cross_entropy()}) {
    compare_repeated(loss, LOGIT_BFLOAT16);
  }
});

/// Pools of a batch of few and of many images: one step and two along each line.
void compare_pools(const Sizes& image, int64_t count) {
  const std::vector<float> values = random_values(image.elements(), 2, 8);
  Sizes all = image;
  all.n = count;
  const auto from = repeated(values, count);
  const DeviceArray<float> out(from->count());
  for (int64_t window : {3, 17, 19}) {
    std::vector<float> expected(values.size());
    pool(POOL_MAX, window, host_batch(image, values.data(), nullptr, 0), expected.data());
    pool(POOL_MAX, window, gpu_batch(all, from->get(), 0, nullptr, 0), out.get());
    expect_equal(out.last(values.size()), expected,
                 "pool of " + std::to_string(window) + " of " + all.text());
  }
}

const Case kPools("large/pools of [2,21,512,512]", [] {
  compare_pools({1, kWide.c, kWide.h, kWide.w}, kWide.n);
});

const Case kManyPools("large/pools of more than 2^31 elements",
                      [] { compare_pools(kImage, kMostElements / kImage.elements() + 1); });

const Case kCounts("large/counts of more than 2^31 elements", [] {
  const Images image = Images::random(kImage, 7);
  Sizes all = kImage;
  all.n = kMostElements / kImage.elements() + 1;
  std::vector<int64_t> expected(static_cast<size_t>(3 * all.c));
  count_logits(host_batch(image.shape, image.logits.data(), image.labels.data(), LABEL_INT64),
               expected.data());
  for (int64_t& count : expected) count *= all.n;
  const auto logits = repeated(image.logits, all.n);
  const auto labels = repeated(Labels(image.labels, LABEL_UINT8).raw(), all.n);
  const DeviceArray<int64_t> counts(std::vector<int64_t>(expected.size()));
  count_logits(gpu_batch(all, logits->get(), LOGIT_FLOAT32, labels->get(), LABEL_UINT8),
               counts.get());
  expect_equal(counts.values(), expected, "counts of " + all.text());
});

}  // namespace
