// The structural similarity loss on the GPU against that of the CPU.
#include "losses.h"

namespace {

using namespace autoloss;
using namespace checks;

FusedLoss ssim() {
  FusedLoss loss{"ssim", [](const autoloss::Batch& batch, float* value, float* gradient) {
                   return ssim_loss(batch, value, gradient);
                 }};
  return loss;
}

const Case kSizes("ssim/awkward sizes", [] {
  // of one tile, with its borders outside the image, and of several, with borders in each other
  for (const Sizes& shape :
       {Sizes{1, 1, 1, 1}, Sizes{2, 2, 1, 33}, Sizes{1, 3, 7, 129}, Sizes{2, 3, 32, 32},
        Sizes{1, 2, 70, 37}, Sizes{1, 2, 33, 65}, Sizes{1, 21, 17, 31}, Sizes{1, 70, 5, 31}}) {
    compare(ssim(), Images::random(shape, 1));
  }
});

const Case kTypes("ssim/types of logits and labels", [] {
  compare_types(ssim(), Images::random({2, 5, 9, 37}, 2));
});

const Case kExtremes("ssim/large logits", [] {
  Images batch = Images::random({1, 5, 18, 19}, 5);
  for (float& z : batch.logits) z *= 2500;  // from -1e4 to 1e4
  batch.logits[0] = -INFINITY;              // one class of a pixel impossible: p = 0, no NaN
  compare(ssim(), batch);
});

const Case kConfident("ssim/logits that follow the labels", [] {
  Images batch = Images::random({1, 4, 40, 50}, 10);
  for (int64_t& label : batch.labels) label = label < 0 ? label : 0;
  for (int64_t i = 0; i < batch.shape.pixels(); ++i) {
    if (i % 50 > 30) batch.labels[i] = 1;
    if (batch.counts(i)) batch.logits[batch.element(i, batch.labels[i])] += 8;
  }
  compare(ssim(), batch);
});

const Case kIgnored("ssim/NaN where pixels are ignored, and where they count", [] {
  compare_ignored(ssim(), Images::random({2, 5, 14, 39}, 6));
  expect_nan(ssim(), Images::random({1, 3, 14, 39}, 7));
});

const Case kEmpty("ssim/nothing to learn", [] {
  const Images batch = Images::random({2, 4, 15, 16}, 8);
  compare(ssim(), batch.labelled(-1));
  expect(on_gpu(ssim(), batch.labelled(-1)).value == 0, "the value of no pixel");
  compare(ssim(), batch.labelled(2));
  compare(ssim(), {{0, 4, 5, 6}, {}, {}});
  compare(ssim(), {{3, 4, 0, 6}, {}, {}});
});

const Case kSameBits("ssim/the same bits each time", [] {
  expect_same_bits(ssim(), Images::random({2, 3, 35, 40}, 9));
});

const Case kRefused("ssim/bad arguments", [] { expect_refused(ssim()); });

const Benchmark kSsim("SSIM, float32", [] { return measured(ssim(), LOGIT_FLOAT32); });
const Benchmark kSsimHalf("SSIM, float16", [] { return measured(ssim(), LOGIT_FLOAT16); });

}  // namespace
