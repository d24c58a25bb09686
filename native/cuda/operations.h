// The operations of ops.h for a batch of a GPU: what those of the CPU hand it on to. Arguments and
// errors as there; the value goes into memory of the GPU. A build without CUDA has
// cpu/no_cuda.cpp in their place.
#ifndef AUTOLOSS_CUDA_OPERATIONS_H_
#define AUTOLOSS_CUDA_OPERATIONS_H_

#include "autoloss/ops.h"

namespace autoloss {
namespace cuda {

void region_surrogate(int metric, const double* control_points, int64_t control_values,
                      int absent_classes, const Batch& batch, float* value, void* gradient);
void boundary_surrogate(int metric, const double* control_points, int64_t control_values,
                        int absent_classes, int64_t tolerance, int drop_background,
                        int ignored_edges, const Batch& batch, float* value, void* gradient);
void count_logits(const Batch& batch, int64_t* counts);
void count_predictions(const void* predictions, int prediction_type, const Batch& batch,
                       int64_t* counts);
void predict_classes(const Batch& batch, int32_t* predictions);
void count_boundaries(const void* predictions, int prediction_type, const Batch& batch,
                      int64_t tolerance, int drop_background, int ignored_edges, int64_t* counts);
void count_boundary_regions(const void* predictions, int prediction_type, const Batch& batch,
                            int64_t distance, int64_t* counts);
void count_boundary_matches(const void* predictions, int prediction_type, const Batch& batch,
                            double distance, int64_t* counts);
void graph_loss(const int32_t* code, int64_t nodes, double eps, const Batch& batch, float* value,
                float* gradient);
void graph_evaluate(const int32_t* code, const int64_t* starts, int64_t graphs,
                    const GraphProtocol& protocol, const Batch& samples, const int64_t* known,
                    int64_t known_count, double* norms, int* status, double* scores,
                    int64_t* fingerprints);
void overlap_loss(int squared, double alpha, double beta, int absent_classes, const Batch& batch,
                  float* value, void* gradient);
void lovasz_loss(int per_image, const Batch& batch, float* value, float* gradient);
void ssim_loss(const Batch& batch, float* value, float* gradient);
void pool(int kind, int64_t window, const Batch& batch, float* out);
void pool_gradient(int kind, int64_t window, const Batch& batch, const float* by_result,
                   float* gradient);
void pool_places(int kind, int64_t window, const Batch& batch, int64_t* places);
void find_label_edges(const Batch& batch, int drop_background, uint8_t* edges);
void dilate_label_edges(const Batch& batch, int64_t tolerance, int drop_background, int64_t* bits);
void edge_distance(const Batch& batch, float* distance);
void signed_distance(const Batch& batch, float* distance);
void border_weights(double strength, double sigma, const Batch& batch, float* weights);
void box_overlaps(const float* predicted, const float* target, int64_t n, const float* anchors,
                  const double* coding, float* overlaps, float* derivatives, int device,
                  void* stream);
void box_overlaps(const double* predicted, const double* target, int64_t n, const double* anchors,
                  const double* coding, double* overlaps, double* derivatives, int device,
                  void* stream);
void box_graph_loss(const int32_t* code, int64_t nodes, double eps, const double* predicted,
                    const double* target, int64_t n, double* value, double* gradient, int device,
                    void* stream);
void pairwise_iou(const float* first, int64_t n, const float* second, int64_t m, float* iou,
                  int device, void* stream);
void match_boxes(const float* iou, int64_t targets, int64_t boxes, double low, double high,
                 int restore_best, int64_t* matches, int device, void* stream);
int64_t suppress_boxes(const float* boxes, const float* scores, const int64_t* classes, int64_t n,
                       double threshold, int64_t* kept, int device, void* stream);
void roi_align(const Batch& features, const float* rois, int64_t count, const RoiGrid& grid,
               float* out);
void roi_align_gradient(const Batch& features, const float* rois, int64_t count,
                        const RoiGrid& grid, const float* by_result, float* gradient);

}  // namespace cuda
}  // namespace autoloss

#endif  // AUTOLOSS_CUDA_OPERATIONS_H_
