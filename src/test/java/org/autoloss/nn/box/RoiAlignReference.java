package org.autoloss.nn.box;

/**
 * RoIAlign sample by sample, in double precision: the weight of each cell in each bin. Positions
 * are float32, for they decide on which side of a border a sample falls.
 */
final class RoiAlignReference {
  private final RoiAlign align;
  private final int[] sizes; // N, C, H, W
  private final float[] rois;

  RoiAlignReference(RoiAlign align, int[] sizes, float[] rois) {
    this.align = align;
    this.sizes = sizes;
    this.rois = rois;
  }

  /** What is done with each cell that a bin takes from. */
  private interface Tap {
    void at(int feature, int result, double weight);
  }

  double[] values(double[] features) {
    double[] out = new double[results()];
    taps((feature, result, weight) -> out[result] += weight * features[feature]);
    return out;
  }

  double[] gradient(double[] byResult) {
    double[] out = new double[sizes[0] * sizes[1] * sizes[2] * sizes[3]];
    taps((feature, result, weight) -> out[feature] += weight * byResult[result]);
    return out;
  }

  int results() {
    return rois.length / 5 * sizes[1] * align.height() * align.width();
  }

  private void taps(Tap tap) {
    for (int r = 0; r < rois.length / 5; r++) {
      float[] start = new float[2];
      float[] bin = new float[2];
      int[] samples = new int[2];
      for (int axis = 0; axis < 2; axis++) { // y, x
        float shift = align.aligned() ? 0.5f : 0;
        int bins = axis == 0 ? align.height() : align.width();
        start[axis] = rois[5 * r + 2 - axis] * (float) align.scale() - shift;
        float length = rois[5 * r + 4 - axis] * (float) align.scale() - shift - start[axis];
        length = align.aligned() ? length : Math.max(length, 1);
        bin[axis] = length / bins;
        samples[axis] = align.samples() > 0 ? align.samples() : (int) Math.ceil(length / bins);
      }
      bins(r, start, bin, samples, tap);
    }
  }

  private void bins(int r, float[] start, float[] bin, int[] samples, Tap tap) {
    double share = 1.0 / Math.max((double) samples[0] * samples[1], 1);
    for (int p = 0; p < align.height(); p++) {
      for (int q = 0; q < align.width(); q++) {
        for (int i = 0; i < samples[0]; i++) {
          for (int j = 0; j < samples[1]; j++) {
            float y = start[0] + p * bin[0] + (i + 0.5f) * bin[0] / samples[0];
            float x = start[1] + q * bin[1] + (j + 0.5f) * bin[1] / samples[1];
            sample(r, p * align.width() + q, y, x, share, tap);
          }
        }
      }
    }
  }

  private void sample(int r, int bin, float y, float x, double share, Tap tap) {
    int height = sizes[2];
    int width = sizes[3];
    if (y < -1 || y > height || x < -1 || x > width) {
      return;
    }
    double inY = Math.min(Math.max(y, 0), height - 1);
    double inX = Math.min(Math.max(x, 0), width - 1);
    int y0 = (int) inY;
    int x0 = (int) inX;
    for (int k = 0; k < 4; k++) {
      int cellY = Math.min(y0 + k / 2, height - 1);
      int cellX = Math.min(x0 + k % 2, width - 1);
      double weight =
          share
              * (k / 2 == 0 ? 1 - (inY - y0) : inY - y0)
              * (k % 2 == 0 ? 1 - (inX - x0) : inX - x0);
      for (int c = 0; c < sizes[1]; c++) {
        int plane = (int) rois[5 * r] * sizes[1] + c;
        int result = (r * sizes[1] + c) * align.height() * align.width() + bin;
        tap.at((plane * height + cellY) * width + cellX, result, weight);
      }
    }
  }
}
