// The overlap losses on the GPU against those of the CPU.
#include "losses.h"

namespace {

using namespace autoloss;
using namespace checks;

FusedLoss overlap(const std::string& name, int squared, double alpha, double beta, int absent) {
  return narrow({name, [=](const autoloss::Batch& batch, float* value, float* gradient) {
                   return overlap_loss(squared, alpha, beta, absent, batch, value, gradient);
                 }});
}

FusedLoss dice(int absent = ABSENT_COUNT) { return overlap("dice", 1, 0.5, 0.5, absent); }
FusedLoss jaccard(int absent = ABSENT_COUNT) { return overlap("jaccard", 0, 1, 1, absent); }
FusedLoss tversky(int absent = ABSENT_COUNT) { return overlap("tversky", 0, 0.3, 0.7, absent); }

std::vector<FusedLoss> all_losses() {
  return {dice(),
          jaccard(),
          tversky(),
          dice(ABSENT_SKIP),
          jaccard(ABSENT_SKIP),
          tversky(ABSENT_SKIP),
          overlap("weights of 0", 0, 0, 0, ABSENT_SKIP)};
}

const Case kSizes("overlap/awkward sizes", [] {
  for (const Sizes& shape :
       {Sizes{1, 1, 1, 1}, Sizes{2, 2, 1, 33}, Sizes{1, 3, 7, 129}, Sizes{2, 8, 33, 7},
        Sizes{1, 9, 11, 13}, Sizes{1, 19, 9, 13}, Sizes{2, 21, 17, 31}, Sizes{1, 32, 9, 20},
        Sizes{1, 33, 8, 9}, Sizes{1, 70, 5, 31}, Sizes{2, 150, 5, 7}}) {
    for (const FusedLoss& loss : all_losses()) {
      // with weights of 0, and of one class, the gradient is 0 but for rounding, beside slopes of 1
      compare(loss, Images::random(shape, 1), {}, 1e-4);
    }
  }
});

const Case kTypes("overlap/types of logits and labels", [] {
  for (const Sizes& shape : {Sizes{2, 7, 9, 17}, Sizes{1, 40, 6, 11}}) {
    for (const FusedLoss& loss : {dice(), tversky()}) compare_types(loss, Images::random(shape, 2));
  }
});

const Case kManyClasses("overlap/1024 classes", [] {
  for (const FusedLoss& loss : {dice(), jaccard()}) {
    for (int type : {LOGIT_FLOAT32, LOGIT_BFLOAT16}) {
      compare(loss, Images::random({1, 1024, 3, 5}, 4), {type, LABEL_INT32});
    }
  }
});

const Case kExtremes("overlap/large logits", [] {
  for (const Sizes& shape : {Sizes{1, 5, 8, 9}, Sizes{1, 35, 8, 9}}) {
    Images batch = Images::random(shape, 5);
    for (float& z : batch.logits) z *= 2500;  // from -1e4 to 1e4
    batch.logits[0] = -INFINITY;              // one class of a pixel impossible: p = 0, no NaN
    // p is 0 or 1 almost everywhere: what is left of the gradient is rounding
    for (const FusedLoss& loss : {dice(), jaccard()}) compare(loss, batch, {}, 1e-4);
  }
});

const Case kIgnored("overlap/NaN where pixels are ignored, and where they count", [] {
  for (const Sizes& shape : {Sizes{2, 5, 4, 9}, Sizes{1, 35, 4, 9}}) {
    for (const FusedLoss& loss : {dice(), jaccard()}) {
      compare_ignored(loss, Images::random(shape, 6));
      expect_nan(loss, Images::random(shape, 7));
    }
  }
});

const Case kEmpty("overlap/nothing to learn", [] {
  const Images batch = Images::random({2, 4, 5, 6}, 8);
  for (int absent : {ABSENT_COUNT, ABSENT_SKIP}) {
    for (const FusedLoss& loss : {dice(absent), jaccard(absent)}) {
      const Images ignored = batch.labelled(-1);
      compare(loss, ignored);
      compare(loss, batch.labelled(2));
      compare(loss, {{0, 4, 5, 6}, {}, {}});
      compare(loss, {{3, 4, 0, 6}, {}, {}});
      expect(on_gpu(loss, ignored).value == (absent == ABSENT_SKIP ? 0 : 1),
             loss.name + ": the value of no pixel");
    }
  }
});

const Case kSameBits("overlap/the same bits each time", [] {
  for (const Sizes& shape : {Sizes{2, 2, 17, 31}, Sizes{2, 21, 33, 40}, Sizes{3, 40, 20, 33}}) {
    for (const FusedLoss& loss : {dice(), tversky()}) {
      expect_same_bits(loss, Images::random(shape, 9));
    }
  }
});

const Case kRefused("overlap/bad arguments", [] {
  expect_refused(dice());
  const auto message = [](double alpha, double beta, int absent) {
    return message_of([&] {
      on_gpu(overlap("bad", 0, alpha, beta, absent), {{1, 1, 1, 1}, {0}, {0}});
    });
  };
  expect_contains(message(-1, 1, 0), "alpha: expected 0 to 1e6, got -1");
  expect_contains(message(1, NAN, 0), "beta: expected 0 to 1e6, got nan");
  expect_contains(message(1, 1, 2), "absent_classes: expected 0 to 1, got 2");
});

const Benchmark kDice("Dice, float32", [] { return measured(dice(), LOGIT_FLOAT32); });
const Benchmark kDiceHalf("Dice, float16", [] { return measured(dice(), LOGIT_FLOAT16); });
const Benchmark kDiceBfloat("Dice, bfloat16", [] { return measured(dice(), LOGIT_BFLOAT16); });

}  // namespace
