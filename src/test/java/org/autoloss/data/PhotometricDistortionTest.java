package org.autoloss.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.awt.Color;
import org.autoloss.internal.RandomStreams;
import org.junit.jupiter.api.Test;

class PhotometricDistortionTest {
  private static float[] distorted(PhotometricDistortion distortion, long i, float... image) {
    float[] copy = image.clone();
    distortion.applyInPlace(copy, RandomStreams.stream(11, i));
    return copy;
  }

  @Test
  void brightness_halfTheTime_addsOneOffsetToAllChannels() {
    PhotometricDistortion brightness = new PhotometricDistortion(32, 0, 0, 0);
    int changed = 0;
    float largest = 0;
    for (int i = 0; i < 1000; i++) {
      float[] pixel = distorted(brightness, i, 100, 120, 140);
      float offset = pixel[0] - 100;
      assertThat(pixel[1] - 120).isCloseTo(offset, within(1e-4f));
      assertThat(pixel[2] - 140).isCloseTo(offset, within(1e-4f));
      changed += offset != 0 ? 1 : 0;
      largest = Math.max(largest, Math.abs(offset));
    }
    assertThat(changed).isBetween(421, 579); // 500 and 5 standard deviations
    assertThat(largest).isBetween(30f, 32f);
  }

  @Test
  void contrast_halfTheTime_multipliesAllChannels() {
    PhotometricDistortion contrast = new PhotometricDistortion(0, 0.5f, 0, 0);
    int changed = 0;
    for (int i = 0; i < 1000; i++) {
      float[] pixel = distorted(contrast, i, 40, 80, 120);
      float factor = pixel[0] / 40;
      assertThat(factor).isBetween(0.5f, 1.5f);
      assertThat(pixel[1]).isCloseTo(80 * factor, within(1e-3f));
      assertThat(pixel[2]).isCloseTo(120 * factor, within(1e-3f));
      changed += factor != 1 ? 1 : 0;
    }
    assertThat(changed).isBetween(421, 579);
  }

  @Test
  void hueAndSaturation_changeWhatTheyName() {
    PhotometricDistortion colours = new PhotometricDistortion(0, 0, 0.5f, 36);
    float[] before = Color.RGBtoHSB(180, 90, 60, null);
    int turned = 0;
    for (int i = 0; i < 500; i++) {
      float[] pixel = distorted(colours, i, 180, 90, 60);
      float[] after =
          Color.RGBtoHSB(Math.round(pixel[0]), Math.round(pixel[1]), Math.round(pixel[2]), null);
      float turn = (after[0] - before[0] + 1.5f) % 1 - 0.5f;
      // Rounding to bytes moves the hue by up to 1/100 of a turn here.
      assertThat(Math.abs(turn)).isLessThanOrEqualTo(0.1f + 0.01f);
      assertThat(after[1] / before[1]).isBetween(0.48f, 1.52f);
      assertThat(after[2]).isCloseTo(before[2], within(0.003f));
      turned += Math.abs(turn) > 0.02 ? 1 : 0;
    }
    // Half of them turn, of these 4 in 5 by more than 0.02.
    assertThat(turned).isBetween(140, 260);
  }

  @Test
  void greyAndNaN_haveNoHue() {
    PhotometricDistortion colours = new PhotometricDistortion(0, 0, 0.5f, 36);
    for (int i = 0; i < 20; i++) {
      assertThat(distorted(colours, i, 80, 80, 80)).containsExactly(80, 80, 80);
      assertThat(distorted(PhotometricDistortion.DEFAULT, i, Float.NaN, Float.NaN, Float.NaN))
          .containsExactly(Float.NaN, Float.NaN, Float.NaN);
    }
  }

  @Test
  void values_stayBetween0And255() {
    PhotometricDistortion strong = new PhotometricDistortion(255, 1, 1, 180);
    for (int i = 0; i < 500; i++) {
      for (float value : distorted(strong, i, 0, 130, 255)) {
        assertThat(value).isBetween(0f, 255f);
      }
    }
  }

  @Test
  void none_changesNothing() {
    for (int i = 0; i < 50; i++) {
      assertThat(distorted(PhotometricDistortion.NONE, i, 1, 2, 3)).containsExactly(1, 2, 3);
    }
  }
}
