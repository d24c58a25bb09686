// A loss graph as a training loss: value and gradient from the logits.
//
//   p = softmax_c(logits); L = sum_c mean_{valid n,h,w} root(y, p, 1)
//   dL/dz = p (g - sum_c p g) with g = dL/dp
//
// Li et al., "AutoLoss-Zero", CVPR 2022, section 3.1. Logits and gradient [N,C,H,W], labels
// [N,H,W]. Labels are narrowed once, to two bytes a pixel.
//
// A graph whose pixels do not meet runs in one kernel: each block takes tiles of pixels through
// both passes, with all values in shared memory. Bytes: one read of the logits from memory and a
// second from the cache, one write of the gradient. Any other graph runs level by level, each a
// launch over all tiles, and each node and adjoint is an array in memory: one write and some reads
// of the logits' size for each. Sums over pixels have a fixed order on a given GPU.
#include <algorithm>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "common/graph_labels.h"
#include "graph_machine.h"
#include "graph_program.h"
#include "operations.h"
#include "runtime.h"

namespace autoloss {
namespace cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kTile = kThreads * kQuad;
constexpr int kPiece = 192;  // instructions that travel with one launch
/// Blocks that a multiprocessor holds at once: the instructions of a graph wait for one another, so
/// other warps are needed. For Blackwell the compiler needs more registers than three blocks have.
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 1000
constexpr int kResidentBlocks = 2;
#else
constexpr int kResidentBlocks = 3;
#endif
constexpr int64_t kStaticShared = 512;  // of a block of these kernels, at most

/// What all kernels of a call know.
struct Call {
  GraphHeader h;
  const GraphInstruction* code;
  float** arrays;  // null in the fused kernel
  int classes;
  int64_t images, height, width, padded;  // padded: an image's pixels, to whole quads
  int16_t* labels;                        // [N,padded], -1 where ignored
  uint16_t* around;                       // [N,padded]; see window_bits in common/graph_labels.h
  unsigned long long* valid;              // how many pixels count
  float eps;

  AUTOLOSS_HD int64_t plane() const { return height * width; }
  AUTOLOSS_HD int64_t tiles_per_image() const { return (padded + h.span - 1) / h.span; }
  AUTOLOSS_HD int64_t tiles() const { return images * tiles_per_image(); }
};

/// The pixels of a tile in the caller's tensors, which are not padded.
template <class Logit>
struct TileLogits {
  const Logit* data;  // of the tile's first pixel
  int64_t plane;
  int count;   // pixels of the tile that exist
  bool quads;  // whether four values can be read at a time

  __device__ Quad operator()(int c, int quad) const {
    const Logit* from = data + c * plane + static_cast<int64_t>(quad) * kQuad;
    if (quads) return *reinterpret_cast<const Quad*>(from);
    Quad out;
    for (int i = 0; i < kQuad; ++i) {
      out.at[i] = quad * kQuad + i < count ? to_float(from[i]) : 0.0f;
    }
    return out;
  }
};

struct Tile {
  int64_t image, begin;
};

__device__ inline Tile tile_of(const Call& call, int64_t index) {
  const int64_t per_image = call.tiles_per_image();
  return {index / per_image, index % per_image * call.h.span};
}

/// The frame of a tile; by one thread, between barriers.
__device__ inline void set_frame(GraphFrame& f, const Call& call, Tile tile, float** arrays) {
  const int64_t left = call.padded - tile.begin, pixels = tile.image * call.padded + tile.begin;
  f.code = call.code;
  f.arrays = arrays;
  f.classes = call.classes;
  f.quads = static_cast<int>((left < call.h.span ? left : call.h.span) / kQuad);
  f.begin = static_cast<int>(tile.begin);
  f.plane = static_cast<int>(call.padded);
  f.width = static_cast<int>(call.width);
  f.labels = call.labels + pixels;
  f.around = call.around + pixels;
  f.eps = call.eps;
  set_shares(f, call.h.root, static_cast<double>(*call.valid));
  const bool own = call.arrays == nullptr;  // the arrays hold a tile, not the batch
  f.class_step = own ? call.h.span : call.padded;
  f.full = own ? 0 : tile.image * call.classes * call.padded + tile.begin;
  f.space = own ? 0 : pixels;
}

template <class Logit>
__device__ inline TileLogits<Logit> logits_of(const Call& call, Tile tile, const Logit* logits) {
  const int64_t left = call.plane() - tile.begin;
  const Logit* data = logits + tile.image * call.classes * call.plane() + tile.begin;
  const bool quads = sizeof(Logit) == sizeof(float) && call.plane() % kQuad == 0 &&
                     reinterpret_cast<uintptr_t>(logits) % sizeof(Quad) == 0;
  return {data, call.plane(), static_cast<int>(left < call.h.span ? left : call.h.span), quads};
}

/// dL/dz of a tile, 0 where a pixel is ignored.
__device__ inline void write_gradient(const GraphFrame& f, const Call& call, Tile tile,
                                      float* gradient) {
  const int64_t plane = call.plane();
  float* out = gradient + tile.image * call.classes * plane + tile.begin;
  const int64_t left = plane - tile.begin;
  each_gradient(f, call.h, [&](int c, int quad, QuadLabels y, Quad p, Quad g, Quad dot) {
    for (int i = 0; i < kQuad; ++i) {
      const float d = p.at[i] * (g.at[i] - dot.at[i]);
      const int64_t pixel = static_cast<int64_t>(quad) * kQuad + i;
      if (pixel < left) out[c * plane + pixel] = y.at[i] < 0 ? 0.0f : d;
    }
  });
}

// ---------------------------------------------------------------------------------------------
// Kernels

/// Instructions as a kernel's parameter: no copy from the host's memory has to be waited for.
struct Piece {
  GraphInstruction code[kPiece];
};

__global__ void copy_code(Piece piece, int count, GraphInstruction* to) {
  for (int i = threadIdx.x; i < count; i += blockDim.x) to[i] = piece.code[i];
}

/// The table of the arrays of a whole batch.
__global__ void place_batch(GraphHeader h, ArrayLayout layout, unsigned char* memory,
                            float** table) {
  place_arrays(h, layout, {memory, memory, layout.end}, table);
}

template <class Label>
__global__ void narrow(Call call, const Label* labels) {
  const int64_t all = call.images * call.padded, stride = int64_t{gridDim.x} * blockDim.x;
  int counted = 0;
  for (int64_t i = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; i < all; i += stride) {
    const int64_t image = i / call.padded, pixel = i % call.padded;
    const int label =
        pixel < call.plane() ? label_at(labels, image * call.plane() + pixel, call.classes) : -1;
    call.labels[i] = static_cast<int16_t>(label);
    counted += label >= 0;
  }
  counted = warp_sum(counted);
  if (threadIdx.x % kWarp == 0) atomicAdd(call.valid, static_cast<unsigned long long>(counted));
}

/// What window_bits of cpu/graph_labels.h does.
__global__ void find_windows(Call call) {
  const int64_t all = call.images * call.padded, stride = int64_t{gridDim.x} * blockDim.x;
  for (int64_t i = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; i < all; i += stride) {
    const int64_t pixel = i % call.padded, y = pixel / call.width, x = pixel % call.width;
    int bits = 0;
    for (int k = 0; k < 9 && call.labels[i] >= 0; ++k) {
      const int64_t row = y + k / 3 - 1, column = x + k % 3 - 1;
      const bool inside = row >= 0 && row < call.height && column >= 0 && column < call.width;
      const int64_t at = i + (k / 3 - 1) * call.width + k % 3 - 1;
      if (inside && call.labels[at] >= 0) bits |= 1 << k;
    }
    call.around[i] = static_cast<uint16_t>(bits);
  }
}

/// Both passes over the tiles of a graph whose pixels do not meet; sums[blocks] of the root.
template <class Logit>
__global__ void __launch_bounds__(kThreads, kResidentBlocks)
    fused_kernel(Call call, const Logit* logits, ArrayLayout layout, int64_t shared,
                 unsigned char* slabs, int64_t slab, double* sums, float* gradient) {
  __shared__ GraphFrame f;
  const BlockMemory memory = {dynamic_shared<unsigned char>(),
                              slabs == nullptr ? nullptr : slabs + blockIdx.x * slab, shared};
  float** table = memory.at<float*>(0, table_bytes(call.h));
  place_arrays(call.h, layout, memory, table);
  double sum = 0;
  for (int64_t index = blockIdx.x; index < call.tiles(); index += gridDim.x) {
    const Tile tile = tile_of(call, index);
    if (threadIdx.x == 0) set_frame(f, call, tile, table);
    __syncthreads();
    const TileLogits<Logit> own = logits_of(call, tile, logits);
    const int ways = gradient != nullptr && call.h.adjoint.kind != kNothing ? 2 : 1;
    for (int way = 0; way < ways; ++way) {  // one call of run, for the sake of the code's size
      run(f, way == 0 ? 0 : call.h.refresh_end, way == 0 ? call.h.forward_end : call.h.code_end,
          own);
      if (way == 0) sum += root_sum(f, call.h.root);
    }
    if (ways == 2) write_gradient(f, call, tile, gradient);
    __syncthreads();  // before another tile moves the frame
  }
  sum = warp_sum(sum);
  const int warps = static_cast<int>(blockDim.x) / kWarp;
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  if (threadIdx.x % kWarp == 0) sums[int64_t{blockIdx.x} * warps + warp] = sum;
}

/// Instructions [begin, end), none of which waits for others, over the tiles of a batch. `rest`
/// says what else is done with a tile: 0 nothing, 1 the root's sum into sums[warps of all blocks],
/// 2 the gradient.
enum class Rest { kNone, kRoot, kGradient };

template <class Logit>
__global__ void __launch_bounds__(kThreads, kResidentBlocks)
    level_kernel(Call call, const Logit* logits, int begin, int end, Rest rest, double* sums,
                 float* gradient) {
  __shared__ GraphFrame f;
  double sum = 0;
  for (int64_t index = blockIdx.x; index < call.tiles(); index += gridDim.x) {
    const Tile tile = tile_of(call, index);
    if (threadIdx.x == 0) {
      set_frame(f, call, tile, call.arrays);
      f.sums = sums;
      f.first_chunk = static_cast<int>(blockIdx.x * (kThreads / kWarp));
      f.chunks = static_cast<int>(gridDim.x * (kThreads / kWarp));
      f.first_tile = index == blockIdx.x;
    }
    __syncthreads();
    run(f, begin, end, logits_of(call, tile, logits));
    if (rest == Rest::kRoot) sum += root_sum(f, call.h.root);
    if (rest == Rest::kGradient) write_gradient(f, call, tile, gradient);
    __syncthreads();  // before another tile moves the frame
  }
  if (rest != Rest::kRoot) return;
  sum = warp_sum(sum);
  const int warp = static_cast<int>(blockIdx.x * kThreads + threadIdx.x) / kWarp;
  if (threadIdx.x % kWarp == 0) sums[warp] = sum;
}

/// totals[C] = the sums over chunks of from[chunks][C]; a block for each class.
__global__ void add_chunks(const double* from, int chunks, int classes, double* totals) {
  double sum = 0;
  for (int i = threadIdx.x; i < chunks; i += kThreads) {
    sum += from[int64_t{i} * classes + blockIdx.x];
  }
  sum = block_sum<kThreads>(sum);
  if (threadIdx.x == 0) totals[blockIdx.x] = sum;
}

/// Instructions [begin, end) over numbers, from totals[reductions][C].
__global__ void numbers_kernel(Call call, int begin, int end, double* totals) {
  __shared__ GraphFrame f;
  if (threadIdx.x == 0) {
    set_frame(f, call, {0, 0}, call.arrays);
    f.sums = totals;
    f.chunks = 1;
  }
  __syncthreads();
  run_numbers(f, begin, end);
}

/// The loss from the sums[chunks] of the root, or from the root itself; by one block. Some thousand
/// numbers: a block reads them in a dozen steps, so there is nothing to gain from more of them.
__global__ void value_kernel(Call call, const double* sums, int chunks, float* value) {
  __shared__ GraphFrame f;
  double total = 0;
  for (int i = threadIdx.x; i < chunks; i += kThreads) total += sums[i];
  total = block_sum<kThreads>(total);
  if (threadIdx.x != 0) return;
  set_frame(f, call, {0, 0}, call.arrays);
  const auto valid = static_cast<double>(*call.valid);
  *value = static_cast<float>(loss_value(f, call.h.root, total, valid));
}

// ---------------------------------------------------------------------------------------------
// Launches

/// The work of one call.
template <class Logit>
class Evaluation {
 public:
  Evaluation(const Call& call, const std::vector<GraphInstruction>& code, const Logit* logits,
             float* value, float* gradient, int device, cudaStream_t stream)
      : call_(call),
        code_(code),
        logits_(logits),
        value_(value),
        gradient_(gradient),
        device_(device),
        stream_(stream) {}

  void run() {
    if (call_.h.local) {
      fused();
    } else {
      by_levels();
    }
  }

 private:
  /// As many blocks as run at once, for each takes tile after tile.
  template <class Kernel>
  unsigned blocks(Kernel kernel, unsigned threads, int64_t shared) const {
    const int64_t resident =
        resident_blocks("graph", kernel, static_cast<int>(threads), static_cast<size_t>(shared));
    return static_cast<unsigned>(
        std::min<int64_t>(call_.tiles(), multiprocessors(device_) * resident));
  }

  void finish_value(const double* sums, int chunks) const {
    launch("graph value", value_kernel, 1, kThreads, 0, stream_, call_, sums, chunks, value_);
  }

  /// A block's arrays in shared memory, at most, so that three blocks fit.
  int64_t shared_limit() const { return shared_of_one_in(3, device_) - kStaticShared; }

  void fused() {
    const int64_t table = table_bytes(call_.h), limit = shared_limit();
    ArrayLayout layout = {};
    for (int span = kTile;; span /= 2) {
      call_.h.span = static_cast<int32_t>(std::min<int64_t>(span, call_.padded));
      layout = arrays_from(table, call_.h, call_.classes, 1, call_.h.span);
      if (layout.end <= limit || span == kWarp * kQuad) break;
    }
    const int64_t shared = std::min(layout.end, limit);
    const bool spills = layout.end > shared;
    const auto threads =
        static_cast<unsigned>((call_.h.span + kQuad * kWarp - 1) / (kQuad * kWarp) * kWarp);
    const unsigned grid = blocks(fused_kernel<Logit>, threads, shared);
    const Scratch<unsigned char> slabs(spills ? layout.end * grid : 0, stream_);
    const int chunks = static_cast<int>(grid * (threads / kWarp));
    const Scratch<double> sums(chunks, stream_);
    launch("graph", fused_kernel<Logit>, grid, threads, static_cast<size_t>(shared), stream_, call_,
           logits_, layout, shared, slabs.get(), layout.end, sums.get(), gradient_);
    finish_value(sums.get(), chunks);
  }

  void by_levels() {
    call_.h.span = static_cast<int32_t>(std::min<int64_t>(kTile, call_.padded));
    const ArrayLayout layout = arrays_from(0, call_.h, call_.classes, call_.images, call_.padded);
    const unsigned grid = blocks(level_kernel<Logit>, kThreads, 0);
    const int chunks = static_cast<int>(grid) * (kThreads / kWarp);
    const int64_t reductions = std::max(1, call_.h.reductions);
    const Scratch<unsigned char> memory(layout.end, stream_), table(table_bytes(call_.h), stream_);
    const Scratch<double> sums(reductions * chunks * call_.classes, stream_);
    const Scratch<double> totals(reductions * call_.classes, stream_);
    call_.arrays = reinterpret_cast<float**>(table.get());
    launch("graph arrays", place_batch, 1, kThreads, 0, stream_, call_.h, layout, memory.get(),
           call_.arrays);
    instructions(0, call_.h.forward_end, grid, sums.get(), totals.get());
    const Scratch<double> root(chunks, stream_);
    launch_level(grid, 0, 0, Rest::kRoot, root.get());
    finish_value(root.get(), chunks);
    if (gradient_ == nullptr || call_.h.adjoint.kind == kNothing) return;
    instructions(call_.h.refresh_end, call_.h.code_end, grid, sums.get(), totals.get());
    launch_level(grid, 0, 0, Rest::kGradient, nullptr);
  }

  /// Instructions [begin, end), cut where they meet.
  void instructions(int begin, int end, unsigned grid, double* sums, double* totals) const {
    int from = begin;
    for (int at = begin; at <= end; ++at) {
      const bool meets =
          at == end || code_[at].operation == kMeet || code_[at].operation == kNumbers;
      if (!meets) continue;
      if (from < at) launch_level(grid, from, at, Rest::kNone, sums);
      from = at + 1;
      if (at == end || code_[at].operation == kMeet) continue;
      numbers(at + 1, at + 1 + code_[at].extra, grid, sums, totals);
      at += code_[at].extra;
      from = at + 1;
    }
  }

  void numbers(int begin, int end, unsigned grid, const double* sums, double* totals) const {
    const int chunks = static_cast<int>(grid) * (kThreads / kWarp);
    for (int at = begin; at < end; ++at) {
      const int operation = code_[at].operation;
      if (operation != kFinishMean && operation != kFinishSum) continue;
      const int64_t reduction = code_[at].extra;
      launch("graph sums", add_chunks, static_cast<unsigned>(call_.classes), kThreads, 0, stream_,
             sums + reduction * chunks * call_.classes, chunks, call_.classes,
             totals + reduction * call_.classes);
    }
    launch("graph numbers", numbers_kernel, 1, kWarp, 0, stream_, call_, begin, end, totals);
  }

  void launch_level(unsigned grid, int begin, int end, Rest rest, double* sums) const {
    launch("graph level", level_kernel<Logit>, grid, kThreads, 0, stream_, call_, logits_, begin,
           end, rest, sums, gradient_);
  }

  Call call_;
  const std::vector<GraphInstruction>& code_;
  const Logit* logits_;
  float *value_, *gradient_;
  int device_;
  cudaStream_t stream_;
};

void copy_to_device(const std::vector<GraphInstruction>& code, GraphInstruction* to,
                    cudaStream_t stream) {
  for (size_t at = 0; at < code.size(); at += kPiece) {
    Piece piece = {};
    const size_t count = std::min<size_t>(kPiece, code.size() - at);
    std::copy_n(code.data() + at, count, piece.code);
    launch("graph code", copy_code, 1, kThreads, 0, stream, piece, static_cast<int>(count),
           to + at);
  }
}

}  // namespace

void graph_loss(const int32_t* code, int64_t nodes, double eps, const Batch& batch, float* value,
                float* gradient) {
  check_code(code, nodes);
  check_eps(eps);
  const LossDevice device(batch, value, gradient);
  const auto stream = stream_of(batch);
  if (pixels_of(batch) == 0) {
    check(cudaMemsetAsync(value, 0, sizeof(float), stream), "clearing the value");
    return;
  }
  const int64_t padded = (batch.h * batch.w + kQuad - 1) / kQuad * kQuad;
  if (padded > (int64_t{1} << 30)) {
    fail("shape", "at most 2^30 pixels in an image", std::to_string(batch.h * batch.w));
  }
  std::vector<GraphInstruction> program;
  const GraphHeader header = compile_graph(code, nodes, program);
  const Scratch<GraphInstruction> code_copy(static_cast<int64_t>(program.size()), stream);
  copy_to_device(program, code_copy.get(), stream);
  const Scratch<int16_t> narrowed(batch.n * padded, stream);
  const Scratch<uint16_t> around(batch.n * padded, stream);
  const Scratch<unsigned long long> valid(1, stream);
  valid.clear();
  const Call call{header,         code_copy.get(), nullptr,     static_cast<int>(batch.c),
                  batch.n,        batch.h,         batch.w,     padded,
                  narrowed.get(), around.get(),    valid.get(), static_cast<float>(eps)};
  const unsigned blocks = static_cast<unsigned>(std::min<int64_t>(
      (batch.n * padded + kThreads - 1) / kThreads, int64_t{8} * multiprocessors(device.number())));
  with_labels(batch.label_type, batch.labels, [&](auto* typed) {
    launch("graph labels", narrow<std::decay_t<decltype(*typed)>>, blocks, kThreads, 0, stream,
           call, typed);
  });
  if (header.pools) launch("graph windows", find_windows, blocks, kThreads, 0, stream, call);
  if (gradient != nullptr && header.adjoint.kind == kNothing) {
    check(cudaMemsetAsync(gradient, 0, sizeof(float) * static_cast<size_t>(elements_of(batch)),
                          stream),
          "clearing the gradient");
  }
  with_logits(batch.logit_type, batch.logits, [&](auto* typed) {
    using Logit = std::decay_t<decltype(*typed)>;
    Evaluation<Logit>(call, program, typed, value, gradient, device.number(), stream).run();
  });
}

}  // namespace cuda
}  // namespace autoloss
