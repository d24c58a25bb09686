// The native operations of AutoLoss: the one header that JavaCPP parses and that a C++ caller includes.
//
// Conventions, the same for every operation:
//   N, C, H, W   batch, classes, height, width; int64_t, so that no product of them overflows
//   logits       float32, [N,C,H,W], contiguous, row-major
//   labels       [N,H,W], contiguous; their element type is one of the label types below; a label outside
//                [0,C) marks an ignored pixel: it has no value and gets gradient 0
//   gradient     float32, [N,C,H,W], contiguous, overwritten; NULL where only the value is wanted
// Invalid arguments throw std::invalid_argument with a sentence that names the argument.
// Every result is the same, to the last bit, for any number of threads.
#ifndef AUTOLOSS_OPS_H_
#define AUTOLOSS_OPS_H_

#include <cstdint>

namespace autoloss {

/// Element types of labels and predictions.
const int LABEL_UINT8 = 0;
const int LABEL_INT32 = 1;
const int LABEL_INT64 = 2;

/// Sets how many threads an operation may use; 0 restores the default, OpenMP's own number.
void set_num_threads(int threads);

/// How many threads an operation may use.
int num_threads();

/// The instruction set in use: "avx512", "avx2" or "baseline".
const char* cpu_isa();

/// Chooses an instruction set by its name, "auto" for the widest that this processor has.
/// Throws std::invalid_argument if the name is unknown or the processor lacks it.
void set_cpu_isa(const char* name);

}  // namespace autoloss

#endif  // AUTOLOSS_OPS_H_
