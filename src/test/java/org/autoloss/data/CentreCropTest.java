package org.autoloss.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class CentreCropTest {
  private static Sample ramp(int width, int height) {
    byte[] rgb = new byte[3 * width * height];
    byte[] labels = new byte[width * height];
    for (int i = 0; i < labels.length; i++) {
      rgb[3 * i] = (byte) (10 * (i % width));
      rgb[3 * i + 1] = (byte) (10 * (i / width));
      rgb[3 * i + 2] = (byte) 200;
      labels[i] = (byte) (i % width);
    }
    return new Sample("ramp", width, height, rgb, labels);
  }

  @Test
  void apply_largerImage_takesItsCentreAndNormalises() {
    Example example = CentreCrop.of(4).apply(ramp(10, 8));
    assertThat(example.labels()).startsWith(3, 4, 5, 6);
    for (int p = 0; p < 16; p++) {
      float red = (10 * (3 + p % 4) - 123.675f) / 58.395f;
      float green = (10 * (2 + p / 4) - 116.28f) / 57.12f;
      float blue = (200 - 103.53f) / 57.375f;
      assertThat(example.image()[p]).isCloseTo(red, within(1e-6f));
      assertThat(example.image()[16 + p]).isCloseTo(green, within(1e-6f));
      assertThat(example.image()[32 + p]).isCloseTo(blue, within(1e-6f));
    }
  }

  @Test
  void apply_smallerImage_isPaddedWithVoidAndZero() {
    Example example = CentreCrop.of(6).apply(ramp(4, 3));
    for (int p = 0; p < 36; p++) {
      boolean inside = p % 6 < 4 && p / 6 < 3;
      assertThat(example.labels()[p]).isEqualTo((byte) (inside ? p % 6 : 255));
      assertThat(example.image()[p] == 0).isEqualTo(!inside);
    }
  }

  @Test
  void apply_imageWiderAndLower_isCutAndPadded() {
    Example example = CentreCrop.of(6).apply(ramp(10, 3));
    assertThat(example.labels()).startsWith(2, 3, 4, 5, 6, 7);
    assertThat(example.labels()[3 * 6]).isEqualTo((byte) 255);
  }

  @Test
  void apply_shortSideTwiceAsLong_interpolatesBetweenPixelCentres() {
    Normalisation raw = new Normalisation(0, 0, 0, 1, 1, 1);
    Example example = new CentreCrop(8, 8, new BaseSize(0, 8), raw).apply(ramp(4, 4));
    // Centres at -0.25 (held at the edge), 0.25, 0.75, …, 3.25 (held) of the small image.
    float[] expected = {0, 2.5f, 7.5f, 12.5f, 17.5f, 22.5f, 27.5f, 30};
    for (int x = 0; x < 8; x++) {
      assertThat(example.image()[x]).isCloseTo(expected[x], within(1e-5f));
      assertThat(example.image()[64 + 8 * x]).isCloseTo(expected[x], within(1e-5f));
      assertThat(example.labels()[x]).isEqualTo((byte) (x / 2));
    }
  }
}
