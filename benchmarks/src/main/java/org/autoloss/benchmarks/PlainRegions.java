package org.autoloss.benchmarks;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.annotation.Cast;
import org.bytedeco.javacpp.annotation.Namespace;
import org.bytedeco.javacpp.annotation.Platform;

/** RoIAlign by the published algorithm, as plain loops of C++: {@code plain_regions.h}. */
@Platform(include = "plain_regions.h")
@Namespace("plain")
public final class PlainRegions {
  static {
    Loader.load();
  }

  private PlainRegions() {}

  /** The regions of a map of one image. */
  public static native void roi_align(
      @Cast("const float*") FloatPointer features,
      @Cast("const float*") FloatPointer rois,
      @Cast("int64_t") long count,
      float scale,
      @Cast("int64_t") long channels,
      @Cast("int64_t") long height,
      @Cast("int64_t") long width,
      @Cast("int64_t") long bins,
      @Cast("int64_t") long samples,
      int threads,
      FloatPointer out);

  /** The gradient by the map from that by the regions. */
  public static native void roi_align_gradient(
      @Cast("const float*") FloatPointer byResult,
      @Cast("const float*") FloatPointer rois,
      @Cast("int64_t") long count,
      float scale,
      @Cast("int64_t") long channels,
      @Cast("int64_t") long height,
      @Cast("int64_t") long width,
      @Cast("int64_t") long bins,
      @Cast("int64_t") long samples,
      int threads,
      FloatPointer gradient);
}
