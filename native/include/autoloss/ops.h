// The native operations of AutoLoss: the one header that JavaCPP parses and that a C++ caller
// includes.
//
// Conventions, the same for every operation:
//   N, C, H, W   batch, classes, height, width; int64_t, so that no product of them overflows
//   batch        the logits, their labels, and where both are: on the CPU or on a GPU
//   gradient     float32, [N,C,H,W], contiguous, overwritten; NULL where only the value is wanted
// Invalid arguments throw std::invalid_argument with a sentence that names the argument.
// On the CPU every result is the same, to the last bit, for any number of threads.
//
// On an NVIDIA GPU, where the library was built for one, an operation is the same with these
// differences. What a GPU needs beyond that stands with the operation.
//   logits       float32, float16 or bfloat16, see LogitType; all arithmetic is in float32
//   gradient     float32 all the same: small gradients of float16 must outlive a scaled loss. But
//                bfloat16, which has the range of float32, where an operation says so
//   value        one float32 on the GPU, written there: the call returns, with 0, before the work
//                is done. On the CPU it is not used and may be NULL: the value is what is returned
//   results      memory of the batch's GPU too; the work is put on the batch's stream, and the
//                calling thread's current device stays as it is
// Results are the same, to the last bit, each time on the same kind of GPU. What CUDA refuses
// throws std::runtime_error with CUDA's own words; so does every batch of a GPU in a build without
// CUDA.
#ifndef AUTOLOSS_OPS_H_
#define AUTOLOSS_OPS_H_

#include <cstdint>

namespace autoloss {

/// Element types of labels and predictions.
enum LabelType { LABEL_UINT8 = 0, LABEL_INT32 = 1, LABEL_INT64 = 2 };

/// Element types of logits on a GPU.
enum LogitType { LOGIT_FLOAT32 = 0, LOGIT_FLOAT16 = 1, LOGIT_BFLOAT16 = 2 };

/// Images, their labels, and where these are. A caller may fill one and use it for many calls.
struct Batch {
  /// [N,C,H,W], contiguous, row-major; on the CPU float32. NULL for operations on labels alone.
  const void* logits;
  /// [N,H,W], contiguous. A label outside [0,C) marks an ignored pixel: it has no value and gets
  /// gradient 0. NULL for operations that need none.
  const void* labels;
  int64_t n, c, h, w;
  int logit_type;  // a LogitType
  int label_type;  // a LabelType
  /// The number of the GPU whose memory this is; below 0 for the CPU.
  int device;
  /// On a GPU the cudaStream_t of the work; NULL is the default stream.
  void* stream;
};

/// Metrics, as their surrogates are numbered.
enum MetricKind {
  METRIC_MIOU = 0,
  METRIC_FWIOU = 1,
  METRIC_MACC = 2,
  METRIC_GACC = 3,
  METRIC_BIOU = 4,
  METRIC_BF1 = 5
};

/// What a class without a labelled pixel in the batch does to a mean over classes: it counts, with
/// surrogate 0 (as in Auto Seg-Loss), or it is left out.
enum AbsentClasses { ABSENT_COUNT = 0, ABSENT_SKIP = 1 };

/// What an ignored pixel does to boundaries: it counts, as another label and wherever an edge is
/// predicted (as in Auto Seg-Loss), or it is as if it were outside the image.
enum IgnoredEdges { IGNORED_COUNT = 0, IGNORED_SKIP = 1 };

/// Sets how many threads an operation may use; 0 restores the default, OpenMP's own number.
void set_num_threads(int threads);

/// How many threads an operation may use.
int num_threads();

/// The instruction set in use: "avx512", "avx2" or "baseline".
const char* cpu_isa();

/// Chooses an instruction set by its name, "auto" for the widest that this processor has.
/// Throws std::invalid_argument if the name is unknown or the processor lacks it.
void set_cpu_isa(const char* name);

/// Whether this processor does not say how large its caches are, as under some hypervisors on
/// AMD's. libtorch's libraries of convolutions need to know: loading this library has limited
/// oneDNN then (cpu/hidden_caches.cpp), and NNPACK, which refuses, should not be asked.
bool hides_caches();

/// Whether this library was built with CUDA.
bool cuda_built();

/// How many GPUs the operations with a `stream` can use.
int cuda_device_count();

/// Why there is no GPU to use, in a few words; empty if there is one.
const char* cuda_status();

/// The stream that libtorch's work of the calling thread goes to, a cudaStream_t; NULL is the
/// default stream. Throws std::runtime_error if libtorch's CUDA library is not in this process:
/// work on a guessed stream would read tensors before they are there.
void* cuda_current_stream(int device);

/// Fills a batch with what two tensors are, at::Tensor*, where they are as most are: logits
/// [N,C,H,W] of 2 to 1024 classes, float32, labels [N,H,W] of a LabelType, both contiguous and on
/// the CPU. Returns whether they are; if not, the batch is of no use. One call instead of some
/// twenty, which take as long as a fiftieth of a small loss's step, each with an object for Java.
/// Throws std::runtime_error where libtorch is not in this process.
bool plain_batch(void* logits, void* labels, Batch* batch);

/// Cross entropy of such tensors by libtorch's own two operations, log_softmax and nll_loss2d, and
/// so to the bit, in value and gradient, what its cross_entropy_loss has; without what that does on
/// the way.
///   logits, labels  at::Tensor*; labels of int64
///   loss            at::Tensor*, overwritten
/// Returns whether there is a loss: it has none, and `loss` is as it was, where plain_batch() has
/// no batch, labels have another type, a pixel is ignored, or there is no pixel. Throws
/// std::runtime_error where libtorch is not in this process.
bool torch_cross_entropy(void* logits, void* labels, void* loss);

/// Makes a tensor look like a function of the logits, whose derivative ends with an exception: a
/// constant whose second derivative would be wrong without a word.
///   tensor  at::Tensor*, without a graph; gets one
///   logits  at::Tensor*, requires a gradient, of any sizes
/// Throws std::runtime_error where libtorch refuses, or is not in this process.
void refuse_derivative(void* tensor, void* logits);

/// What pixel_loss adds up.
enum PixelTerm { TERM_ENTROPY = 0, TERM_DISTANCE = 1, TERM_BOUNDARY = 2 };

/// A loss that is a mean over pixels, see pixel_loss.
struct PixelRule {
  int term = TERM_ENTROPY;
  // of cross entropy
  double gamma = 0;    // of the focal factor (1 - p)^gamma, 0 or more; 0 is none
  int balanced = 0;    // 1: classes weigh alike; 0: pixels do
  double border = 0;   // strength of U-Net's border term, 0 to 1e6; 0 is none
  double sigma = 5;    // and its width in pixels, above 0, to 100
  double penalty = 0;  // strength of the distance penalty, 0 or more; only without a border term
  // of distances
  double beta = 0;   // where they turn from a square, 0 or more
  double scale = 1;  // what they are multiplied by, 0 or more; the boundary's too
};

/// Makes a tensor look like a function of the logits, whose derivative is that of pixel_loss's
/// gradient: another derivative of it ends with an exception, and so does one after the logits or
/// the labels were changed in place.
///   tensor  at::Tensor*, the gradient, without a graph; gets one
///   logits  at::Tensor*, requires a gradient, float32 on the CPU; kept by the graph
///   labels  at::Tensor*, as for plain_batch() but of any strides; kept by the graph
/// Throws as refuse_derivative.
void derive_pixels(const PixelRule& rule, void* tensor, void* logits, void* labels);

/// Ties a value and a gradient into libtorch's autograd. Makes a scalar whose derivative by the
/// logits is the gradient: the product of one element that counts as the logits, so that it costs
/// nothing, and of an operand, whose data are then swapped for the gradient, so that its backward
/// pass is gradient * what flows in. Once the product has recorded that the operand is a constant,
/// its derivative is refused as above. The first backward pass does not see that; where a graph of
/// it is wanted, create_graph, a second one comes to the operand on its way to the logits.
///   logits    at::Tensor*, requires a gradient, any strides
///   gradient  at::Tensor*, float32, float64 or bfloat16, of the logits' sizes, on their device;
///             kept by the graph. Logits of another type get it converted. libtorch's product
///             rounds what flows in to bfloat16 as well
///   value     at::Tensor*, 0-dimensional, on that device, float64 where the gradient is, else
///             float32; NULL where `number` is the value, float32 on the CPU
///   loss      at::Tensor*, overwritten
/// Throws std::runtime_error where libtorch refuses, or is not in this process.
void tie_gradient(void* logits, void* gradient, void* value, double number, void* loss);

/// The same for pixel_loss, which has a second derivative, see derive_pixels: on the CPU, with
/// `number` for a value.
void tie_pixels(const PixelRule& rule, void* logits, void* labels, void* gradient, double number,
                void* loss);

/// Borrows nodes of libtorch's autograd for an operation whose gradient is computed elsewhere: a
/// view of the input, the product of that and of a token, and where the result is no scalar the
/// product's expansion. Their data are swapped, so that none of it costs anything; what the product
/// brings back are `zeros`, in whose place hooks put the gradient.
///   input   at::Tensor*, requires a gradient, any strides
///   zeros   at::Tensor*, of the input's sizes, type and device; one whose product with a number
///           needs no memory is the fastest
///   result  at::Tensor*, without a graph, of the input's type and device; NULL where `number` is
///           the result, float32 on the CPU
///   token   at::Tensor*, overwritten: has another use for as long as the graph can be gone back
///   view    at::Tensor*, overwritten: where hooks meet what is brought back to the input
///   made    at::Tensor*, overwritten: the result with its graph
/// Throws std::runtime_error where libtorch refuses, or is not in this process.
void borrow_nodes(void* input, void* zeros, void* result, double number, void* token, void* view,
                  void* made);

/// Auto Seg-Loss surrogate of a region metric, value and gradient fused: 1 - surrogate.
///
/// Li et al., "Auto Seg-Loss: Searching Metric Surrogates for Semantic Segmentation", ICLR 2021,
/// section 3.2. With p = softmax_c(logits), one-hot labels y, curves fA (soft AND) and fO (soft
/// OR), sums over the pixels that count, and eps = 1e-8:
///   METRIC_MIOU   1 - sum_c w_c I_c / U_c, I_c = sum fA(p) y, U_c = sum (fO(p) + y - fO(p) y) +
///   eps, w_c = 1/C METRIC_FWIOU  the same with w_c = the share of class c among the labels
///   METRIC_MACC   1 - sum_c w_c (sum fA(p) y) / (sum y + eps), w_c = 1/C
///   METRIC_GACC   1 - (sum fA(p) y) / (sum y + eps), sums over all classes
/// With ABSENT_SKIP, w_c = 1/(classes with a labelled pixel) for those classes and 0 for the
/// others; a batch without a labelled pixel has the value 0. With ABSENT_COUNT that batch has the
/// value 1. Its gradient is 0.
///
/// control_points: float64 in [0,1]; curve after curve (fA, fO; for accuracies fA alone), of each
/// curve 1, 3, ..., 15 points, x and y interleaved, x ascending, without the ends (0,0) and (1,1);
/// control_values: how many numbers that is.
/// Returns the value. Error against float64: some 1e-6 relative; the gradient 1e-5 of its norm.
/// Memory for a gradient: 4 bytes a pixel, as for the losses below that have a softmax.
/// On a GPU the gradient of bfloat16 logits is bfloat16.
/// On a GPU: control_points are memory of the host. Scratch memory: below 1 MB for up to 32
/// classes, 24 bytes for each class and block that the GPU runs at once.
double region_surrogate(int metric, const double* control_points, int64_t control_values,
                        int absent_classes, const Batch& batch, float* value, void* gradient);

/// Auto Seg-Loss surrogate of a boundary metric, value and gradient fused: 1 - surrogate.
///
/// Li et al., ICLR 2021, section 3.2. A label edge G_c is a pixel of class c whose 3x3
/// neighbourhood, inside the image, holds another label; dil is the maximum over a square of
/// 2 tolerance + 1 pixels. drop_background: class 0 has no edges.
///   METRIC_BIOU  METRIC_MIOU over the pixels where dil(G_c) = 1 for some c; control points and
///                absent_classes as there
///   METRIC_BF1   1 - mean over the classes with a label edge of 2PR / (P + R + eps),
///                P = sum E dil(G) / (sum E + eps), R = sum dil(E) G / (sum G + eps),
///                E = O1(p) + O2(e) - O1(p) O2(e) - A1(p) A2(e), e the minimum of p over the 3x3
///                neighbourhood inside the image; curves A1, A2, O1, O2. 0 without a label edge.
/// Of equal minima or maxima the first in row-major order takes the gradient.
/// ignored_edges: with IGNORED_COUNT, as in the published formula, an ignored pixel is another
/// label to its neighbours, and BF1 sums E over ignored pixels too, so that these have a gradient:
/// they are no label edges, but edges predicted there are wrong or right like any other. With
/// IGNORED_SKIP ignored pixels are as if they were outside the image, in G, e, E and dil.
/// Fewer than 2^31 pixels an image. Memory: counters and bit sets in the number of pixels; for BF1
/// also one tensor of the size of the logits, and for its gradient a byte for each of their
/// elements. Error against float64: some 1e-6 relative; the gradient 1e-5 of its norm, but where
/// minima or maxima differ by no more than rounding and another pixel takes it.
/// On a GPU the gradient of bfloat16 logits is bfloat16 for BIoU and float32 for BF1. There BF1
/// takes 4 bytes an element, and for each pixel 14 and, for each 64 classes, 8, at
/// first 16; BIoU takes 4 bytes a pixel.
double boundary_surrogate(int metric, const double* control_points, int64_t control_values,
                          int absent_classes, int64_t tolerance, int drop_background,
                          int ignored_edges, const Batch& batch, float* value, void* gradient);

/// Adds to counts[3][C] the pixels of each class that are predicted right, predicted, and labelled;
/// ignored pixels do not count. The prediction is the class of the largest logit, the first among
/// equals; NaN counts as the largest, as in libtorch's argmax.
void count_logits(const Batch& batch, int64_t* counts);

/// The same for given predictions [N,H,W]; one outside [0,C) is a wrong prediction of no class.
void count_predictions(const void* predictions, int prediction_type, const Batch& batch,
                       int64_t* counts);

/// How many pixels count: those whose label is in [0,C). On the CPU alone; logits are not read.
int64_t count_labelled(const Batch& batch);

/// The class of the largest logit of each pixel, as count_logits has it, into predictions [N,H,W].
void predict_classes(const Batch& batch, int32_t* predictions);

/// Adds to counts[7][C] what the boundary metrics are made of. Edges and dilation are those of
/// boundary_surrogate, for predictions as for labels; a prediction outside [0,C) is of no class.
///   0 to 2  as count_predictions, over the pixels within the tolerance of a label edge
///   3, 4    predicted edges; those within the tolerance of a label edge of their class
///   5, 6    label edges; those within the tolerance of a predicted edge of their class
/// ignored_edges: whether edges predicted at ignored pixels count, and these are another label.
/// Memory of a GPU: 10 bytes a pixel, and 16 for each 64 classes.
void count_boundaries(const void* predictions, int prediction_type, const Batch& batch,
                      int64_t tolerance, int drop_background, int ignored_edges, int64_t* counts);

/// Adds to counts[3][C] what Boundary IoU is made of (Cheng et al., "Boundary IoU: Improving
/// Object-Centric Image Segmentation Evaluation", CVPR 2021): pixels in the boundary region of a
/// class in prediction and label both, in the prediction, in the label. The region of a class holds
/// its pixels within `distance` (Chebyshev, 1 or more) of a pixel of another class or none, or of
/// the outside of the image. Ignored pixels are in no region and bound none; a prediction outside
/// [0,C) is of no class.
/// Memory of a GPU: 16 bytes a pixel.
void count_boundary_regions(const void* predictions, int prediction_type, const Batch& batch,
                            int64_t distance, int64_t* counts);

/// Writes into counts[N][4][C] what the boundary F measure of each image is made of (Csurka et al.,
/// "What is a good evaluation measure for semantic segmentation?", BMVC 2013): predicted boundary
/// pixels, those nearer than `distance` (Euclidean, above 0) to a labelled one of their class,
/// labelled boundary pixels, those nearer than that to a predicted one. A boundary pixel is an edge
/// as in boundary_surrogate with IGNORED_SKIP. Cost: up to pi distance^2 looks for an edge that
/// matches none.
/// On a GPU: up to 4 distance^2 looks; sides of at most 2^28. Memory: 4 bytes a pixel.
void count_boundary_matches(const void* predictions, int prediction_type, const Batch& batch,
                            double distance, int64_t* counts);

/// What the rejection protocol says of a loss graph.
enum GraphStatus {
  GRAPH_ACCEPTED = 0,
  GRAPH_BELOW_THRESHOLD = 1,  // the mean score cannot reach the threshold
  GRAPH_NO_GRADIENT = 2,      // no sample's gradient is more than rounding noise
  GRAPH_NOT_FINITE = 3,       // a value, gradient or prediction is NaN or infinite
  GRAPH_DUPLICATE = 4         // its fingerprint is known, or that of an earlier graph
};

/// The value of a loss graph on a batch, and its gradient by the logits where that is not NULL.
///
/// Li et al., "AutoLoss-Zero: Searching Loss Functions from Scratch for Generic Tasks", CVPR 2022:
/// the sum over c of the root's mean over the valid n, h, w; 0 if there are none. code: three int32
/// per node, see native/common/graph_code.h; at most 64 nodes. eps: in [1e-30,1]. A NaN in a pixel
/// that counts makes the value NaN. Error against float64: some 1e-6 of the mean of |root|, the
/// gradient 1e-5 of its norm, where the graph itself does not amplify rounding.
/// On a GPU: code is memory of the host. Scratch memory: 4 bytes a pixel for labels and their
/// neighbours; where the graph has a mean_nhw or a pool, also the arrays of its nodes, of the
/// logits' size each in float32, or of the labels'; else, where the arrays of 128 pixels do not fit
/// into shared memory, those of each block.
double graph_loss(const int32_t* code, int64_t nodes, double eps, const Batch& batch, float* value,
                  float* gradient);

/// How the rejection protocol goes, for graph_evaluate.
struct GraphProtocol {
  double eps;     // of the graphs' operators, as in graph_loss
  int64_t steps;  // of gradient descent
  double rate;    // its step size
  double momentum;
  int metric;         // a MetricKind
  int64_t tolerance;  // pixels, for boundary metrics
  double threshold;   // of the mean score
  /// Whether a graph whose fingerprint is known, or is that of an earlier graph, is a
  /// GRAPH_DUPLICATE and not optimised.
  int equivalence;
};

/// The loss-rejection protocol and the gradient-equivalence check of AutoLoss-Zero on K graphs.
///
/// Each of the N samples is optimised on its own, from its logits [C,H,W] in float32 and labels in
/// int32, by gradient descent with momentum on that sample's loss. A graph's score is the mean of
/// the metric over the samples; GRAPH_ACCEPTED if it reaches the threshold. Work on a graph stops
/// as soon as its fate is known; then its score is what was reached by then.
///
/// code, starts[K+1]: bytecode of all graphs, and the node at which each begins. known: the
/// fingerprints met before, sorted.
/// Results for each graph: norms[K][N] of the gradients at the start (0 where no more than
/// noise); status[K]; scores[K]; fingerprints[K], of the norms to two significant digits and of
/// whether each descent moves towards the labels.
/// Memory: 64 nodes' worth of one sample for each thread at most, and a table of fingerprints.
///
/// On a GPU all arguments, the samples too, are memory of the host, and the results are there when
/// the call returns. Decisions agree with the CPU's but for rounding at the threshold. Memory of
/// the device: some 500 bytes for each graph and 40 for each of its samples, and the gradients of
/// graphs, of the size of all logits each, 2 GiB at once or one graph's.
void graph_evaluate(const int32_t* code, const int64_t* starts, int64_t graphs,
                    const GraphProtocol& protocol, const Batch& samples, const int64_t* known,
                    int64_t known_count, double* norms, int* status, double* scores,
                    int64_t* fingerprints);

/// What a branch of a network predicts, for branch_evaluate; and what scores it.
enum BranchKind {
  BRANCH_CLASSES = 0,   // logits of classes: the mean recall of the classes that are labelled
  BRANCH_BINARY = 1,    // logits of yes or no: likewise; of maps the mean IoU of yes, above 1/2
  BRANCH_HEATMAPS = 2,  // maps: the mean object keypoint similarity of their maxima
  BRANCH_BOXES = 3      // boxes: their mean IoU with their targets
};

/// The loss-rejection protocol on what a branch of a network predicts for N samples, say images.
///
/// Each sample is optimised on its own, from its prediction, by gradient descent with momentum: the
/// logits, the maps as they are, or boxes as shifts of the centre in units of their sides and
/// logarithms of the sides, both relative to the prediction at the start. Losses differ in scale,
/// and so do branches: `rate` is how far the first step goes, as a part of the distance to the
/// target (Euclidean; of logits sqrt(pixels)); later steps are as long as their gradients make
/// them, times a factor that falls from 1 to 0 in equal parts. A graph's score is its relative gain
/// (after - before) / (1 - before), where both are means over the samples; GRAPH_ACCEPTED if it
/// reaches the threshold.
///
/// kind: a BranchKind. shapes [N,4]: n, c, h, w of each sample; c is 1 for yes or no; boxes have
/// n 4 1 1. predicted: the samples one after the other, [n,c,h,w] float32 each, boxes by their
/// corners. target: likewise, yes or no as [0,1]; NULL for classes. labels: the classes [n,h,w] of
/// all samples, outside [0,c) where ignored; NULL for others. spots: of maps [c,3] for each sample:
/// the true x and y, and what the squared distance is divided by in the exponent of the similarity;
/// NULL for others. Samples of maps are of one image. protocol: metric and tolerance are not read.
/// Graphs read the areas i, u, e and 1 of boxes; of yes or no two channels, as (1 - sigma, sigma);
/// else label, prediction and 1. Pools of samples of 1x1 repeat their operand.
/// Other arguments and results as those of graph_evaluate. All are memory of the host; the work is
/// the CPU's.
void branch_evaluate(const int32_t* code, const int64_t* starts, int64_t graphs,
                     const GraphProtocol& protocol, int kind, const int64_t* shapes,
                     int64_t samples, const float* predicted, const float* target,
                     const int32_t* labels, const float* spots, const int64_t* known,
                     int64_t known_count, double* norms, int* status, double* scores,
                     int64_t* fingerprints);

/// Overlap loss 1 - mean over classes of I_c / (own I_c + alpha S_c + beta G_c + 1e-8), value and
/// gradient fused, with p = softmax_c(logits), I_c = sum p y, G_c = sum y over the pixels that
/// count, and
///   squared = 0:  S_c = sum p,   own = 1 - alpha - beta: Tversky; alpha = beta = 1 is Jaccard
///   squared = 1:  S_c = sum p^2, own = 0:  Dice of Milletari et al., alpha = beta = 1/2
/// alpha, beta: 0 to 1e6. With ABSENT_SKIP the mean is over the classes with a labelled pixel, and
/// 0 if there are none. Error against float64: some 1e-6 relative; the gradient 1e-5 of its norm.
/// Scratch memory on a GPU, and the type of the gradient: as region_surrogate.
double overlap_loss(int squared, double alpha, double beta, int absent_classes, const Batch& batch,
                    float* value, void* gradient);

/// A mean over the V pixels that count, value and gradient fused; with p = softmax(logits), label
/// y, one-hot y_c:
///   TERM_ENTROPY   w_i (1 - p_y)^gamma (-log p_y), w_i = b_i + border_weights + penalty phi_i.
///                  b_i = 1 or, balanced, V / (K n_y) for K classes that are labelled and n_c
///                  pixels of class c. phi = 1 - d / max d, with the distance d to the nearest
///                  label edge and its maximum in the image; 0 where that has no edge. gamma: focal
///                  loss, Lin et al., ICCV 2017, equation 4; the border term: Ronneberger et al.,
///                  MICCAI 2015, equation 2; phi: Caliva et al., MIDL 2019, equation 1
///   TERM_DISTANCE  scale times the mean over c of f(p_c - y_c), f(d) = d^2 / (2 beta) where |d| is
///                  below beta, else |d| - beta / 2: Girshick, "Fast R-CNN", ICCV 2015, equation 3
///   TERM_BOUNDARY  scale times the mean over c of p_c signed_distance_c: Kervadec et al., MIDL
///                  2019, equation 5
/// 0 if no pixel counts. gradient = own gradient + weight d loss / d logits; where own is 0 it may
/// hold anything. On the CPU alone. One read of the logits and one write, and where own is not 0 a
/// read more; for the boundary also the distances. Error against float64: some 1e-6 relative; the
/// gradient 1e-5 of its norm.
double pixel_loss(const PixelRule& rule, const Batch& batch, double own, double weight,
                  float* gradient);

/// The product of that loss's second derivative and a direction, both [N,C,H,W]. On the CPU alone.
void pixel_curvature(const PixelRule& rule, const Batch& batch, const float* direction,
                     float* product);

/// A weighted sum of gradients on the CPU: to[i] = own to[i] + weight from[i] for `count` numbers;
/// from: other memory, NULL where there is nothing to add.
void add_weighted(double weight, const float* from, double own, float* to, int64_t count);

/// Lovasz-Softmax loss, value and gradient fused: the mean over the classes with a labelled pixel
/// of the Lovasz extension of the Jaccard loss at the errors |y - p| (Berman et al., CVPR 2018,
/// equation 11). per_image: the mean over the images that have a labelled pixel of each one's loss.
/// Errors are sorted as multiples of 2^-24; equal ones keep the order of their pixels. Fewer than
/// 2^31 pixels. Error against float64: some 1e-7 absolute.
/// On a GPU: errors are sorted by class, some classes at a time. Memory: 8 bytes a pixel, and 16
/// (without a gradient 8) for each of 2^24 pixels or, if it has more, those of one class; with
/// per_image, of one image. Besides some 2 bytes for each 1,024 elements, and a quarter byte for
/// each pixel that is sorted.
double lovasz_loss(int per_image, const Batch& batch, float* value, float* gradient);

/// Structural similarity loss, value and gradient fused: 1 - the mean over classes and pixels that
/// count of the similarity of p and one-hot labels within a Gaussian window of 11 x 11 pixels and
/// deviation 1.5 (Wang et al., TIP 2004, equation 13; as a loss, Qin et al., CVPR 2019). Ignored
/// pixels and what is outside the image are 0 in both. 0 if no pixel counts.
/// Memory of a GPU: 10 bytes a pixel; for the gradient also 12 an element, of 2^22 elements or one
/// plane at most.
double ssim_loss(const Batch& batch, float* value, float* gradient);

/// Which value of a window a pool takes.
enum PoolKind { POOL_MAX = 0, POOL_MIN = 1 };

/// The largest or smallest value in the square window around each element, inside its plane, of the
/// batch's logits, which may be any values, into out [N,C,H,W]; stride 1. On a GPU float32, too.
/// window: its side, odd. NaN goes through, as in libtorch. The cost of an element does not depend
/// on the window. On a GPU a window of up to 17 takes one step along rows and one along columns, of
/// up to 289 two. Of zeros that differ in sign a GPU may take either. Memory: 4 bytes an element.
void pool(int kind, int64_t window, const Batch& batch, float* out);

/// The gradient by `from` [N,C,H,W] from that by the result: each result's goes to the element that
/// it is, the first in row-major order among equals, the last among NaN.
/// Memory of a GPU: 24 bytes an element, of 2^24 elements or one plane at most.
void pool_gradient(int kind, int64_t window, const Batch& batch, const float* by_result,
                   float* gradient);

/// Where each result of a pool is from, into places [N,C,H,W]: the element's number y * W + x in
/// its plane, as pool_gradient chooses it.
/// Memory of a GPU: 24 bytes an element, of 2^24 elements or one plane at most.
void pool_places(int kind, int64_t window, const Batch& batch, int64_t* places);

/// 1 at each label edge, else 0, into edges [N,H,W]; see boundary_surrogate, with IGNORED_COUNT.
/// Memory of a GPU: 2 bytes a pixel.
void find_label_edges(const Batch& batch, int drop_background, uint8_t* edges);

/// The label edges of each class, dilated by a square of 2 tolerance + 1 pixels, into bits
/// [N,ceil(C/64),H,W]: bit c % 64 of word c / 64 for class c. Some log2(tolerance) operations a
/// word.
/// Memory of a GPU: the bit sets once more, and 2 bytes a pixel.
void dilate_label_edges(const Batch& batch, int64_t tolerance, int drop_background, int64_t* bits);

/// Exact Euclidean distance, in pixels, from each pixel to the nearest label edge of its image,
/// into distance [N,H,W]: an edge is a pixel that is not ignored and has another label, or an
/// ignored pixel, among its eight neighbours. Infinity where the image has no edge. Linear in the
/// pixels.
/// On a GPU: the CPU's results to the last bit. Memory: 2 bytes a pixel, and 4.1 for each of 2^23
/// pixels or of one image if that has more. Cost of a row: some 33 W + W^2 / 32 operations.
void edge_distance(const Batch& batch, float* distance);

/// Signed Euclidean distance to the boundary of each class, into distance [N,C,H,W]: outside a
/// class the distance to its nearest pixel, inside 1 - the distance to the nearest pixel outside; 0
/// for a class that is nowhere or everywhere (Kervadec et al., MIDL 2019). Linear in the elements.
/// On a GPU: the CPU's results to the last bit. Memory: 4.1 bytes for each of 2^23 elements or of
/// one image's pixels if these are more. Cost of a row: as edge_distance, twice for classes in it.
void signed_distance(const Batch& batch, float* distance);

/// U-Net's border term strength * exp(-(d1 + d2)^2 / (2 sigma^2)) into weights [N,H,W], with d1 and
/// d2 the distances to the nearest and second nearest object: a 4-connected region of equal label
/// other than class 0 (Ronneberger et al., MICCAI 2015, equation 2). 0 within objects and in
/// ignored pixels. strength: 0 to 1e6; sigma: above 0, to 100.
/// On a GPU: images of fewer than 2^31 pixels. Memory: 20 bytes a pixel.
void border_weights(double strength, double sigma, const Batch& batch, float* weights);

/// Areas of predicted and target boxes, pair by pair, and what they change by. A box is (x1, y1,
/// x2, y2); sides below 0 are 0. With i, u and e the areas of intersection, union and the smallest
/// box around both:
///   overlaps     [N,3]: i, u, e
///   derivatives  [N,3,4] by the numbers of `predicted`; NULL where they are not wanted. Of equal
///                corners each takes half
/// anchors: NULL where `predicted` holds boxes; else it holds deltas (dx, dy, dw, dh) of [N,4]
/// anchors, decoded as (Ren et al., "Faster R-CNN", NeurIPS 2015, equation 2)
///   centre + side d / weight, side exp(min(d / weight, limit)), coding = the 4 weights and the
///   limit, always memory of the host
/// Here and in all operations on boxes: with a `device` of 0 or more all arrays are memory of that
/// GPU, and the work is put on the stream, a cudaStream_t; NULL is the default stream.
void box_overlaps(const float* predicted, const float* target, int64_t n, const float* anchors,
                  const double* coding, float* overlaps, float* derivatives, int device = -1,
                  void* stream = nullptr);

/// The same in float64: areas in pixels, and what losses make of them, leave float32 little room.
void box_overlaps(const double* predicted, const double* target, int64_t n, const double* anchors,
                  const double* coding, double* overlaps, double* derivatives, int device = -1,
                  void* stream = nullptr);

/// The value of a loss graph on pairs of boxes, in float64, and where that is not NULL its gradient
/// [N,4] by the predicted ones: the mean over the pairs of root(i, u, e, 1), with the areas of
/// box_overlaps (Li et al., "AutoLoss-Zero", CVPR 2022; Liu et al., "Loss function discovery for
/// object detection via convergence-simulation driven search", ICLR 2021). A pair is an image of
/// one pixel and one class: pools and means over classes repeat their operand. code: three int32
/// per node, see native/common/graph_code.h; at most 64 nodes. eps: in [1e-30,1]. 0 for no pair.
/// Memory: 16 bytes for each node and pair. On a GPU one block does it all; code is memory of the
/// host, and the value one float64 of the GPU.
double box_graph_loss(const int32_t* code, int64_t nodes, double eps, const double* predicted,
                      const double* target, int64_t n, double* value, double* gradient,
                      int device = -1, void* stream = nullptr);

/// Intersection over union of N and M boxes into iou [N,M]; NaN for two without area. On a GPU: the
/// CPU's results to the last bit.
void pairwise_iou(const float* first, int64_t n, const float* second, int64_t m, float* iou,
                  int device = -1, void* stream = nullptr);

/// What match_boxes says of a box that is of no target.
enum BoxMatch { MATCH_NONE = -1, MATCH_IGNORED = -2 };

/// The target that each box overlaps most, the first of several, into matches [boxes], from their
/// iou [targets,boxes]; MATCH_NONE below `low`, MATCH_IGNORED from there to below `high`.
/// restore_best: each box that reaches the largest overlap of some target is of the target that it
/// overlaps most itself all the same, as in torchvision: also where that overlap is 0. NaN counts
/// as 0.
void match_boxes(const float* iou, int64_t targets, int64_t boxes, double low, double high,
                 int restore_best, int64_t* matches, int device = -1, void* stream = nullptr);

/// Greedy non-maximum suppression of N boxes, class by class; classes NULL: all are of one. By
/// falling score, of equal ones by their numbers, NaN first, a box stays unless one of its class
/// that stays has an IoU with it above the threshold, in float32. The numbers of those that stay go
/// to kept[N], by falling score. Returns how many they are. Every instruction set decides alike,
/// and so does a GPU. There the call waits for the number. Memory of a GPU: some 33 bytes a box, 9
/// more while it sorts, and up to 64 MB afterwards.
int64_t suppress_boxes(const float* boxes, const float* scores, const int64_t* classes, int64_t n,
                       double threshold, int64_t* kept, int device = -1, void* stream = nullptr);

/// The bins of a region, for roi_align.
struct RoiGrid {
  int64_t height, width;  // bins along each axis; on a GPU at most 128
  double scale;           // cells of the map for each pixel of the regions
  int64_t samples;        // in a bin, along each axis; 0 or below: as many as it has cells
  int aligned;            // regions are shifted by half a cell; else they have one cell at least
};

/// RoIAlign of He et al., "Mask R-CNN", ICCV 2017, section 3: `count` regions of a feature map, the
/// logits of `features`, into out [count,C,height,width]. rois [count,5]: image, x1, y1, x2, y2,
/// within 1e7 of the origin. A bin is the mean of its bilinear samples; one that is beyond the map
/// by more than one cell is 0. Error against float64: some 1e-6 of the norm.
/// On a GPU: features are float32, rois are memory of the host. Memory: for each region and bin
/// along an axis 8 bytes for each cell that it takes from, and 4.
void roi_align(const Batch& features, const float* rois, int64_t count, const RoiGrid& grid,
               float* out);

/// The gradient by the features, whose sizes and place alone are read, from that by the result.
void roi_align_gradient(const Batch& features, const float* rois, int64_t count,
                        const RoiGrid& grid, const float* by_result, float* gradient);

}  // namespace autoloss

#endif  // AUTOLOSS_OPS_H_
