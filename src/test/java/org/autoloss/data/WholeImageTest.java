package org.autoloss.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

class WholeImageTest {
  private static final Normalisation RAW = new Normalisation(0, 0, 0, 1, 1, 1);

  @Test
  void view_imageAsItIs_isPaddedToTheMultipleWithZeros() {
    Sample sample = VocFixture.sample("a", 1); // 40 x 30
    EvaluationExample example = new WholeImage(BaseSize.NONE, 16, RAW).view(sample);
    assertThat(example.seen()).isEqualTo(new Extent(30, 40));
    assertThat(example.padded()).isEqualTo(new Extent(32, 48));
    assertThat(example.labelled()).isEqualTo(new Extent(30, 40));
    assertThat(example.labels()).isEqualTo(sample.labels());
    for (int y = 0; y < 32; y++) {
      for (int x = 0; x < 48; x++) {
        boolean inside = y < 30 && x < 40;
        float expected = inside ? sample.rgb()[3 * (y * 40 + x)] & 0xFF : 0;
        assertThat(example.image()[y * 48 + x]).isEqualTo(expected);
      }
    }
  }

  @Test
  void view_imageOfTheCropsSize_equalsTheCentreCrop() {
    Sample sample = VocFixture.sample("a", 1);
    EvaluationExample whole = WholeImage.of(2).view(sample);
    EvaluationExample crop = CentreCrop.of(new Extent(30, 40)).view(sample);
    assertThat(whole.image()).isEqualTo(crop.image());
    assertThat(whole.labels()).isEqualTo(crop.labels());
  }

  @Test
  void view_baseSize_scalesTheImageAndNotTheLabels() {
    EvaluationExample example =
        new WholeImage(new BaseSize(60, 60), 8, RAW).view(VocFixture.sample("a", 1));
    assertThat(example.seen()).isEqualTo(new Extent(45, 60));
    assertThat(example.padded()).isEqualTo(new Extent(48, 64));
    assertThat(example.labelled()).isEqualTo(new Extent(30, 40));
  }

  @Test
  void evaluationBatches_unequalSizes_groupNeighboursOfOneSizeUpToTheCropsPixels() {
    List<Sample> samples =
        List.of(blank(8, 8), blank(8, 8), blank(8, 8), blank(8, 6), blank(6, 8), blank(32, 32));
    EvaluationBatches batches =
        new EvaluationBatches(dataset(samples), WholeImage.of(1), 2, Extent.square(8));
    assertThat(batches).map(EvaluationBatch::size).containsExactly(2, 1, 1, 1, 1);
    assertThat(StreamSupport.stream(batches.spliterator(), false))
        .map(EvaluationBatch::seen)
        .containsExactly(
            Extent.square(8),
            Extent.square(8),
            new Extent(8, 6),
            new Extent(6, 8),
            Extent.square(32));
  }

  @Test
  void parse_sizes_readWhatTheyWrite() {
    assertThat(Extent.parse("crop", "96x128")).isEqualTo(new Extent(96, 128));
    assertThat(Extent.parse("crop", "64")).isEqualTo(Extent.square(64)).hasToString("64");
    assertThat(new Extent(96, 128)).hasToString("96x128");
    assertThat(BaseSize.parse("--base-size", "2048x512")).isEqualTo(new BaseSize(2048, 512));
    assertThat(BaseSize.parse("--base-size", "512")).isEqualTo(new BaseSize(0, 512));
    for (String bad : List.of("", "0", "3x", "x3", "-4", "4X4", "99999x99999")) {
      assertThatIllegalArgumentException().isThrownBy(() -> Extent.parse("crop", bad));
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BaseSize.parse("--base-size", "512x2048"))
        .withMessageContaining("the longer side first");
  }

  @Test
  void factor_bothLimits_holdAsInMmsegmentation() {
    BaseSize size = new BaseSize(2048, 512);
    assertThat(size.factor(blank(1024, 2048))).isEqualTo(0.5); // the short side decides
    assertThat(size.factor(blank(100, 1000))).isEqualTo(2.048); // the long side does
    assertThat(BaseSize.NONE.factor(blank(100, 1000))).isEqualTo(1);
  }

  private static Sample blank(int height, int width) {
    return new Sample(
        "blank", width, height, new byte[3 * height * width], new byte[height * width]);
  }

  private static SegmentationDataset dataset(List<Sample> samples) {
    return new SegmentationDataset() {
      @Override
      public List<String> classes() {
        return List.of("background", "thing");
      }

      @Override
      public int size() {
        return samples.size();
      }

      @Override
      public Sample get(int index) {
        return samples.get(index);
      }
    };
  }
}
