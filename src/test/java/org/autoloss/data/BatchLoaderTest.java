package org.autoloss.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class BatchLoaderTest {
  /** Samples of 8x8 whose only label is their index. */
  private record Numbered(int size) implements SegmentationDataset {
    @Override
    public List<String> classes() {
      return List.of("background");
    }

    @Override
    public Sample get(int index) {
      byte[] labels = new byte[64];
      Arrays.fill(labels, (byte) index);
      byte[] rgb = new byte[192];
      for (int i = 0; i < rgb.length; i++) {
        rgb[i] = (byte) (i + index);
      }
      return new Sample("n" + index, 8, 8, rgb, labels);
    }
  }

  private static BatchLoader loader(int samples, int batchSize, long seed) {
    return new BatchLoader(
        new Numbered(samples), TrainingTransform.of(6).withScale(1, 1), batchSize, seed);
  }

  private static int[] indices(Batch batch) {
    return IntStream.range(0, batch.size())
        .map(i -> batch.labels()[i * batch.height() * batch.width()])
        .toArray();
  }

  private static int[] indices(EvaluationBatch batch) {
    return IntStream.range(0, batch.size())
        .map(i -> batch.labels()[i * batch.labelled().pixels()])
        .toArray();
  }

  @Test
  void batch_epochs_showEachSampleOnceInAnotherOrder() {
    BatchLoader loader = loader(10, 4, 1);
    int[] seen =
        LongStream.range(0, 5)
            .mapToObj(loader::batch)
            .flatMapToInt(b -> Arrays.stream(indices(b)))
            .toArray();
    int[] first = Arrays.copyOfRange(seen, 0, 10);
    int[] second = Arrays.copyOfRange(seen, 10, 20);
    assertThat(first).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    assertThat(second).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    assertThat(second).isNotEqualTo(first);
  }

  @Test
  void batch_firstPlaceOfTheEpoch_isUniform() {
    int[] counts = new int[5];
    for (int seed = 0; seed < 2000; seed++) {
      counts[indices(loader(5, 1, seed).batch(0))[0]]++;
    }
    // Mean 400, 5 standard deviations are 89.
    assertThat(Arrays.stream(counts)).allMatch(n -> Math.abs(n - 400) < 90);
  }

  @Test
  void batch_anyThreadAndOrder_isTheSame() {
    List<Batch> inOrder = new ArrayList<>();
    BatchLoader one = loader(7, 3, 2);
    for (int i = 0; i < 24; i++) {
      inOrder.add(one.batch(i));
    }
    BatchLoader shared = loader(7, 3, 2);
    List<Batch> parallel =
        IntStream.range(0, 24).parallel().mapToObj(i -> shared.batch(23 - i)).toList();
    for (int i = 0; i < 24; i++) {
      assertThat(parallel.get(23 - i).images()).isEqualTo(inOrder.get(i).images());
      assertThat(parallel.get(23 - i).labels()).isEqualTo(inOrder.get(i).labels());
    }
  }

  @Test
  void batch_otherSeed_isAnother() {
    assertThat(loader(7, 3, 2).batch(0).images()).isNotEqualTo(loader(7, 3, 3).batch(0).images());
  }

  @Test
  void batch_largerThanTheData_repeatsSamplesWithOtherTransforms() {
    Batch batch = loader(2, 8, 1).batch(0);
    int[] counts = new int[2];
    for (int index : indices(batch)) {
      counts[index]++;
    }
    assertThat(counts).containsExactly(4, 4);
    List<List<Float>> images = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      List<Float> image = new ArrayList<>();
      for (int k = 0; k < 108; k++) {
        image.add(batch.images()[i * 108 + k]);
      }
      images.add(image);
    }
    assertThat(images).doesNotHaveDuplicates();
  }

  @Test
  void badArguments_areNamed() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> loader(2, 0, 1))
        .withMessageStartingWith("batchSize: expected");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> loader(2, 1, 1).batch(-1))
        .withMessageStartingWith("index: expected");
  }

  @Test
  void batchSize_moreThanMemoryHolds_isRefusedBeforeAnyBatchIsMade() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> loader(2, Integer.MAX_VALUE, 1))
        .withMessageStartingWith("batchSize: expected 1 to ")
        .withMessageEndingWith("got 2147483647; take fewer, or smaller crops");
    // A data set of two samples never makes more than that.
    EvaluationBatches few = evaluation(2, 6, Integer.MAX_VALUE);
    assertThat(few).singleElement().matches(batch -> batch.size() == 2);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> evaluation(2, 26_000, 2))
        .withMessageContaining(" samples of 26000x26000 pixels");
  }

  @Test
  void evaluationBatches_showAllSamplesInOrderWithASmallerLastBatch() {
    List<Integer> seen = new ArrayList<>();
    List<Integer> sizes = new ArrayList<>();
    for (EvaluationBatch batch : evaluation(10, 6, 4)) {
      sizes.add(batch.size());
      Arrays.stream(indices(batch)).forEach(seen::add);
      assertThat(batch.images()).hasSize(batch.size() * 3 * 36);
    }
    assertThat(sizes).containsExactly(4, 4, 2);
    assertThat(seen).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
  }

  private static EvaluationBatches evaluation(int samples, int crop, int batchSize) {
    return new EvaluationBatches(
        new Numbered(samples), CentreCrop.of(crop), batchSize, Extent.square(crop));
  }
}
