// The dilation of label edges, for bytes (all classes in one) as for words (a bit for each of 64
// classes). Passes over memory: windows.h.
#include <cstdint>

#include "common/scratch.h"
#include "common/windows.h"
#include "edges.h"
#include "parallel.h"

namespace autoloss {
namespace AUTOLOSS_ISA {
namespace {

/// As std::bit_or, of which the linker would merge the copies of two instruction sets.
struct Union {
  template <class Word>
  Word operator()(Word a, Word b) const {
    return static_cast<Word>(a | b);
  }
};

/// Calls before(image, task) on each of some images, and dilates it.
template <class Word, class Before>
void dilate(int64_t images, const LabelShape& shape, int64_t tolerance, int threads, Word* first,
            Before before) {
  const SquareWindows<Word, Union> dilation(shape.height, shape.width, tolerance, 0);
  const auto room = [&](int) { return Room<Word>(dilation.workspace()); };
  for_tasks(threads, images, room, [&](Room<Word>& buffer, int64_t task) {
    Word* image = first + task * shape.plane();
    before(image, task);
    dilation.run(image, buffer.data());
  });
}

}  // namespace

void dilate_edges(const LabelShape& shape, int64_t tolerance, int threads, uint8_t* edges) {
  dilate(shape.images, shape, tolerance, threads, edges, [](uint8_t*, int64_t) {});
}

void dilate_classes(const LabelShape& shape, const int32_t* labels, const uint8_t* edges,
                    int64_t tolerance, int threads, uint64_t* bits) {
  const int64_t words = shape.words();
  dilate(shape.images * words, shape, tolerance, threads, bits, [&](uint64_t* out, int64_t task) {
    const int64_t offset = task / words * shape.plane();
    edge_bits(labels + offset, edges + offset, shape.plane(), task % words, out);
  });
}

}  // namespace AUTOLOSS_ISA
}  // namespace autoloss
