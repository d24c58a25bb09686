// The losses that are made of three sums of each class: what their kernels share.
//
//   p = softmax_c(z); over the pixels that count, for each class:
//   overlap = sum of inside(p) over its pixels,  labelled = its pixels,
//   spill = sum of outside(p) over the pixels of other classes, or over all of them
//
// A loss brings its Terms and its Rule. Terms has, for a kernel,
//   kEverywhere   whether spill is over all pixels
//   inside(p), outside(p), and their derivatives inside_slope(p) and outside_slope(p)
// and a Rule turns the sums of a class, in float64, into its share of the value and the two slopes:
//   term(overlap, spill, labelled, totals) -> RegionTerm,  value(sum of shares, totals)
//
// Shapes: logits and gradient [N,C,H,W], labels [N,H,W] as they are; no one-hot is built.
// Passes over [N,C,H,W]: the sums read the logits; the gradient reads them again, recomputes the
// softmax and writes float32, or bfloat16 for bfloat16. So 3 N C H W elements and twice the labels
// cross the memory bus; in between, one block adds up some 3 C sums of each block and turns them
// into the value and C slopes.
//
// Where the exponentials of a pixel are until they are used:
//   up to 32 classes  in the registers of one thread (register_sums, register_gradient), exactly so
//                     many for the numbers of classes that are common
//   beyond            32 pixels at a time in a block's shared memory (class_sums_shared.h), as far
//                     as two numbers for each class and pixel fit: 870 classes on an H100, 370
//                     where a block has 99 kB
//   further           nowhere (any_sums, any_gradient): the logits are read twice for the sums and
//                     three times for the gradient, and from memory, for more pixels are under way
//                     than a cache holds: 6 N C H W elements in all instead of 3
// Losses without spills want one probability of a pixel for their sums: any_sums reads each logit
// once. Their gradient reads it again to write, up to 32 classes from the second-level cache.
//
// What a pixel adds to the sums of its label's class goes to a table in shared memory: a column for
// each thread up to 32 classes, else one for each warp, or one for the only warp that adds. So
// nobody waits, whatever the labels look like, and sums have the same order each time.
//
// Compiled with -ftz=true: exponentials, roots and quotients are then one or two instructions. What
// is below 1.2e-38 counts as 0; the errors that ops.h promises hold all the same.
#ifndef AUTOLOSS_CUDA_CLASS_SUMS_H_
#define AUTOLOSS_CUDA_CLASS_SUMS_H_

#include <algorithm>
#include <cstdint>
#include <string>
#include <type_traits>

#include "batch.h"
#include "class_sums_kernels.h"
#include "class_sums_shared.h"
#include "common/checks.h"
#include "common/region_math.h"
#include "launch.h"
#include "runtime.h"

namespace autoloss {
namespace cuda {

/// As many blocks as run at once, for each takes tile after tile; at least one, which writes zeros
/// where there is no tile.
template <class... Parameters>
unsigned persistent_blocks(const char* name, void (*kernel)(Parameters...), size_t shared,
                           unsigned tiles, int device) {
  const int64_t resident =
      int64_t{multiprocessors(device)} * resident_blocks(name, kernel, kSumThreads, shared);
  return static_cast<unsigned>(std::max<int64_t>(1, std::min<int64_t>(resident, tiles)));
}

/// The batch in tiles of so many pixels.
inline TiledBatch tiles_of(const BatchArguments& in, int pixels) {
  const int64_t per_image = (in.plane + pixels - 1) / pixels;
  if (in.images * per_image > int64_t{0x7fffffff}) {
    fail("shape", "fewer than 2^31 tiles of " + std::to_string(pixels) + " pixels", "more");
  }
  return {in.labels,
          in.label_type,
          in.mask,
          static_cast<int>(in.classes),
          in.plane,
          static_cast<unsigned>(in.images),
          static_cast<unsigned>(std::max<int64_t>(per_image, 1)),
          static_cast<unsigned>(in.images * per_image)};
}

/// A kernel, how many pixels its tiles have and the dynamic shared memory of a block.
template <class Function>
struct Shaped {
  Function kernel;
  int pixels;
  size_t shared;
};
template <class Function>
Shaped(Function, int, size_t) -> Shaped<Function>;

/// How many classes a kernel is compiled for, and whether it takes no fewer.
template <int Classes, bool Exact>
struct ClassCount {
  static constexpr int kClasses = Classes;
  static constexpr bool kExact = Exact;
};

/// Calls body(ClassCount) with exactly so many where there is a kernel for them, else with the
/// fewest that are enough. What is exact asks of no class whether it is there.
template <class Body>
void with_classes(int64_t classes, Body body) {
  if (classes == 2) return body(ClassCount<2, true>());
  if (classes <= 8) return body(ClassCount<8, false>());
  if (classes == 19) return body(ClassCount<19, true>());  // Cityscapes
  if (classes == 21) return body(ClassCount<21, true>());  // PASCAL VOC
  if (classes <= 20) return body(ClassCount<20, false>());
  return body(ClassCount<kRegisterClasses, false>());
}

/// One call of a loss: sums, value and slopes, gradient.
template <class Rule>
class ClassSumsLoss {
 public:
  /// `gradient`: NULL where only the value is wanted.
  ClassSumsLoss(const Rule& rule, const BatchArguments& in, float* value, void* gradient,
                int device, cudaStream_t stream)
      : rule_(rule),
        in_(in),
        value_(value),
        gradient_(gradient),
        device_(device),
        stream_(stream) {}

  /// Whether a thread can hold all classes, and 32 bits count the pixels of an image, and a tile
  /// more.
  bool fits_registers() const {
    return in_.classes <= kRegisterClasses && in_.plane <= 0x7fffffff - kSumThreads;
  }

  /// Puts the work on the stream, classes in registers.
  template <class Logit, class Terms>
  void in_registers(const Logit* logits, const Terms& terms) const {
    const size_t shared = 2 * sizeof(float) * in_.classes * kSumThreads;
    with_classes(in_.classes, [&](auto classes) {
      constexpr int kClasses = decltype(classes)::kClasses;
      constexpr bool kExact = decltype(classes)::kExact;
      run(true, logits, terms,
          Shaped{register_sums<Logit, kClasses, kExact, Terms>, kSumThreads, shared},
          Shaped{register_gradient<Logit, kClasses, kExact, Terms>, kSumThreads, 0});
    });
  }

  /// Whether a block's shared memory holds what it needs of 32 pixels.
  bool fits_shared() const {
    const size_t more = 4 * kSumThreads * sizeof(float);  // what the kernels declare themselves
    const size_t rows =
        std::max(shared_sums_bytes(in_.classes), shared_gradient_bytes(in_.classes, true));
    return static_cast<int64_t>(rows + more) <= most_shared_of_block(device_);
  }

  /// Puts the work on the stream, classes in shared memory.
  template <class Logit, class Terms>
  void in_shared(const Logit* logits, const Terms& terms) const {
    run(true, logits, terms,
        Shaped{shared_sums<Logit, Terms>, kSharedPixels, shared_sums_bytes(in_.classes)},
        Shaped{shared_gradient<Logit, Terms, true>, kSharedPixels,
               shared_gradient_bytes(in_.classes, true)});
  }

  /// Puts the work on the stream, for any number of classes.
  template <class Logit, class Terms>
  void of_any_size(const Logit* logits, const Terms& terms) const {
    run(true, logits, terms, any_sums_of<Logit, Terms, true>(),
        Shaped{any_gradient<Logit, Terms, true>, kSumThreads, 0}, any_columns());
  }

  /// The same where there are no spills: kernels that do not sum them.
  template <class Logit, class Terms>
  void without_spills(const Logit* logits, const Terms& terms) const {
    const auto sums = any_sums_of<Logit, Terms, false>();
    if (in_.classes <= kRegisterClasses || !fits_shared()) {
      run(false, logits, terms, sums, Shaped{any_gradient<Logit, Terms, false>, kSumThreads, 0},
          any_columns());
    } else {
      run(false, logits, terms, sums,
          Shaped{shared_gradient<Logit, Terms, false>, kSharedPixels,
                 shared_gradient_bytes(in_.classes, false)},
          any_columns());
    }
  }

 private:
  /// Columns of the table of any_sums.
  int any_columns() const { return in_.classes <= kRegisterClasses ? kSumThreads : kSumWarps; }

  template <class Logit, class Terms, bool Spills>
  auto any_sums_of() const {
    return Shaped{any_sums<Logit, Terms, Spills>, kSumThreads,
                  sizeof(float) * in_.classes * (2 * any_columns() + (Spills ? kSumWarps : 0))};
  }

  /// Starts the kernel of the sums (with what else it takes), that of value and slopes, and that of
  /// the gradient.
  template <class Logit, class Terms, class Sums, class Gradient, class... More>
  void run(bool spills, const Logit* logits, const Terms& terms, Shaped<Sums> sums,
           Shaped<Gradient> write, More... more) const {
    const TiledBatch batch = tiles_of(in_, sums.pixels);
    const unsigned blocks =
        persistent_blocks("class sums", sums.kernel, sums.shared, batch.tiles, device_);
    const Scratch<double> partial(3 * in_.classes * blocks, stream_);
    const Scratch<float> slopes(2 * in_.classes, stream_);
    launch("class sums", sums.kernel, blocks, kSumThreads, sums.shared, stream_, batch, logits,
           terms, more..., partial.get());
    launch("value of class sums", finish<Rule>, 1, kFinishThreads, 0, stream_, rule_, batch.classes,
           static_cast<int>(blocks), spills, partial.get(), slopes.get(), value_);
    if (gradient_ == nullptr || batch.tiles == 0) return;
    const TiledBatch written = tiles_of(in_, write.pixels);
    launch("gradient of class sums", write.kernel,
           persistent_blocks("gradient of class sums", write.kernel, write.shared, written.tiles,
                             device_),
           kSumThreads, write.shared, stream_, written, logits, terms, slopes.get(),
           static_cast<typename GradientBy<Logit>::Type*>(gradient_));
  }

  Rule rule_;
  const BatchArguments& in_;
  float* value_;
  void* gradient_;  // of GradientBy
  int device_;
  cudaStream_t stream_;
};

}  // namespace cuda
}  // namespace autoloss

#endif  // AUTOLOSS_CUDA_CLASS_SUMS_H_
