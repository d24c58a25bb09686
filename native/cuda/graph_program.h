// A loss graph as a list of instructions, which kernels run as they come: the plan of
// native/common/graph_code.h with every decision taken that does not depend on a value.
//
// A value or adjoint lives in one of four kinds of array. What varies over pixels is [C,pixels] or
// [pixels]; "numbers" do not: C of them, or one. The one-hot label takes no array: it is compared
// where it is read. All arrays of a program are numbered together: numbers, then full arrays, space
// arrays, windows.
//
// Instructions over pixels need only the pixels of the thread that runs them, but for pools, which
// read their neighbours. Instructions over numbers are the work of one warp, between two barriers.
// Barriers stand in the list, and nowhere else: before a pool reads, before an array that a pool
// has read is overwritten, and around numbers.
#ifndef AUTOLOSS_CUDA_GRAPH_PROGRAM_H_
#define AUTOLOSS_CUDA_GRAPH_PROGRAM_H_

#include <cstdint>
#include <vector>

#include "common/graph_code.h"

namespace autoloss {
namespace cuda {

/// What an instruction does. 0 to 13 are the operators by GraphCode: out = op(a, b); kMeanPixels is
/// not among them.
enum GraphOperation : uint8_t {
  kBackward = 16,  // + GraphCode of a unary operator: out (+)= a * slope at b
  kSoftmax = 32,   // out = softmax of the logits
  kPass,           // out (+)= a * b, or a where there is no b
  kPassClasses,    // the same, summed over classes
  kShareClasses,   // out (+)= a / C
  kSharePixels,    // out (+)= a / valid pixels
  kSum,            // sums[extra] = sum over valid pixels of a * b, or a
  kPoolBackward,   // out (+)= what windows[extra] hand back of a
  kMeet,           // a barrier
  kNumbers,        // a barrier, `extra` instructions over numbers, a barrier
  kPassRepeated,   // numbers: out (+)= valid pixels * a * b, or * a
  kFinishMean,     // numbers: out = sums[extra] / valid pixels
  kFinishSum,      // numbers: out (+)= sums[extra]
  kSeed            // numbers: out = what a unit of the root adds to the loss
};

enum OperandKind : uint8_t { kNothing = 0, kPixels, kNumber, kOneHot };

struct GraphOperand {
  int16_t array;
  uint8_t kind;
  uint8_t classes;  // whether it varies over classes
};

struct alignas(16) GraphInstruction {
  uint8_t operation;
  uint8_t flag;   // (+)= is +=; of kSum: the sum is over classes, too
  int16_t extra;  // a reduction, an array of windows (-1: none), or a count
  GraphOperand out, a, b;
};
static_assert(sizeof(GraphInstruction) == 16, "one load");

/// A program without its instructions.
struct GraphHeader {
  int64_t code;  // where its instructions begin
  /// Ends of the four phases, from `code`: what does not depend on the prediction, all values, the
  /// values that a gradient needs, adjoints.
  int32_t setup_end, forward_end, refresh_end, code_end;
  int32_t numbers, full, space, windows;  // arrays
  int32_t reductions;
  GraphOperand root, value, adjoint;  // value and adjoint of the prediction, kNothing if not read
  int32_t local, pools;               // no pixel needs another one; some need their neighbours
  int32_t span;                       // pixels that arrays hold, where that is a choice
};

/// Appends the instructions of checked bytecode.
GraphHeader compile_graph(const int32_t* code, int64_t nodes, std::vector<GraphInstruction>& to);

/// Programs of the chosen graphs, in their order, compiled by all threads.
void compile_graphs(const int32_t* code, const int64_t* starts, const std::vector<int64_t>& chosen,
                    std::vector<GraphHeader>& headers, std::vector<GraphInstruction>& to);

}  // namespace cuda
}  // namespace autoloss

#endif  // AUTOLOSS_CUDA_GRAPH_PROGRAM_H_
