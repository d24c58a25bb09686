package org.autoloss.nn.box;

import java.util.Arrays;
import java.util.Locale;
import org.autoloss.global.ops;
import org.autoloss.internal.ElementTypes;
import org.autoloss.internal.NativeBatch;
import org.autoloss.internal.Natives;
import org.autoloss.internal.OwnGradient;
import org.autoloss.internal.Scoped;
import org.autoloss.loss.TensorPlace;
import org.autoloss.loss.box.BoxTensors;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * RoIAlign: regions of a feature map, each as a grid of bins.
 *
 * <p>He, Gkioxari, Dollár, Girshick, "Mask R-CNN", ICCV 2017, section 3. A bin is the mean of a
 * grid of bilinear samples at {@code (i + 1/2) bin / samples} along each axis. A sample beyond the
 * map by more than one cell is 0; one nearer than that has the value of the border.
 *
 * <p>Native and differentiable by the features, once. The gradient is gathered, not scattered by
 * atomic additions: results are the same, to the last bit, for any number of threads, and each time
 * on a GPU, where the work goes to libtorch's current stream. They agree with the formula in double
 * precision to about 1e-6 of their norm.
 *
 * @param height bins along y, 1 or more; on a GPU at most 128
 * @param width bins along x, 1 or more; on a GPU at most 128
 * @param scale cells for each pixel of the regions, above 0
 * @param samples in a bin along each axis; 0 or below: as many as the bin has cells, rounded up
 * @param aligned whether regions are shifted by half a cell, so that a pixel's centre is its
 *     middle; without that, as in the first implementations, regions have one cell at least
 */
public record RoiAlign(int height, int width, double scale, int samples, boolean aligned) {
  private static final int ROI = 5;

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if there is no bin, or the scale is not above 0
   */
  public RoiAlign {
    if (height < 1 || width < 1) {
      throw new IllegalArgumentException(
          "grid: expected 1 or more bins along each axis, got " + height + " x " + width);
    }
    if (!(scale > 0 && scale < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("scale: expected more than 0, got " + scale);
    }
    Natives.loadKernels();
  }

  /**
   * The regions of a feature map.
   *
   * @param features {@code [N,C,H,W]} float32, any strides, on the CPU or an NVIDIA GPU
   * @param rois {@code R*5} values: image, x1, y1, x2, y2, within 1e7 of the origin; not copied,
   *     and not to be modified before the backward pass
   * @return {@code [R,C,height,width]}, a new tensor on the same device
   * @throws IllegalArgumentException if a shape, type, device or region is not as said
   * @throws org.autoloss.NativeLossException if CUDA fails
   */
  public Tensor apply(Tensor features, float[] rois) {
    check(features, rois);
    return Scoped.result(
        () -> {
          Tensor out = forward(features, rois);
          return GradMode.is_enabled() && features.requires_grad()
              ? OwnGradient.attach(features, out, gradient(features.shape(), rois))
              : out;
        });
  }

  private Tensor forward(Tensor features, float[] rois) {
    Tensor from = features.detach().contiguous();
    Tensor out =
        BoxTensors.beside(
            from, ScalarType.Float, rois.length / ROI, features.size(1), height, width);
    call(
        from.data_ptr(),
        from.shape(),
        TensorPlace.of(from),
        rois,
        (map, regions, count, grid) ->
            ops.roi_align(map, regions, count, grid, out.data_ptr_float()));
    return out;
  }

  private OwnGradient.Backward gradient(long[] sizes, float[] rois) {
    return (upstream, last) -> {
      Tensor flow = upstream.contiguous();
      Tensor out = BoxTensors.beside(flow, ScalarType.Float, sizes);
      call(
          null,
          sizes,
          TensorPlace.of(flow),
          rois,
          (map, regions, count, grid) ->
              ops.roi_align_gradient(
                  map, regions, count, grid, flow.data_ptr_float(), out.data_ptr_float()));
      return out;
    };
  }

  /** A native operation on a map and regions. */
  private interface Operation {
    void run(ops.Batch map, FloatPointer rois, long count, ops.RoiGrid grid);
  }

  private void call(
      Pointer features, long[] sizes, TensorPlace at, float[] rois, Operation operation) {
    try (FloatPointer regions = new FloatPointer(rois);
        ops.RoiGrid grid = new ops.RoiGrid()) {
      grid.height(height).width(width).scale(scale).samples(samples).aligned(aligned ? 1 : 0);
      TensorPlace.run(
          () ->
              operation.run(
                  NativeBatch.of(
                      features,
                      ops.LOGIT_FLOAT32,
                      null,
                      ops.LABEL_INT64,
                      sizes[0],
                      sizes[1],
                      sizes[2],
                      sizes[3],
                      at.device(),
                      at.stream()),
                  regions,
                  rois.length / ROI,
                  grid));
    }
  }

  private static void check(Tensor features, float[] rois) {
    if (features == null || features.isNull() || !features.defined() || features.dim() != 4) {
      throw new IllegalArgumentException(
          "features: expected 4 dimensions [N,C,H,W], got "
              + (features == null || features.isNull() || !features.defined()
                  ? "none"
                  : Arrays.toString(features.shape())));
    }
    boolean near = features.is_cpu() || features.is_cuda();
    if (ElementTypes.of(features) != ScalarType.Float || !near) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "features: expected float32 on the CPU or an NVIDIA GPU, got %s on %s",
              ElementTypes.of(features).toString().toLowerCase(Locale.ROOT),
              features.device().str().getString()));
    }
    if (rois.length % ROI != 0) {
      throw new IllegalArgumentException(
          "rois: expected 5 values for each region, got " + rois.length);
    }
  }
}
