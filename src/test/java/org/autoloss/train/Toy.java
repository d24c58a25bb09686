package org.autoloss.train;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;
import java.util.random.RandomGenerator;
import org.autoloss.data.Batch;
import org.autoloss.data.Sample;
import org.autoloss.data.SegmentationDataset;
import org.autoloss.internal.RandomStreams;
import org.autoloss.loss.Pair;
import org.autoloss.nn.Network;
import org.autoloss.nn.NetworkSpec;
import org.autoloss.nn.StateDict;
import org.bytedeco.pytorch.Tensor;

/** Noisy squares of three colours on grey, 16x16, four classes: learnt within a few steps. */
public final class Toy {
  public static final int SIZE = 16;
  public static final int WIDTH = 4;
  public static final NetworkSpec NETWORK = new NetworkSpec("unet:width=" + WIDTH, 4);

  private Toy() {}

  /** A data set of the given number of samples; split and index determine a sample. */
  public static SegmentationDataset dataset(long split, int size) {
    return new SegmentationDataset() {
      @Override
      public List<String> classes() {
        return List.of("background", "red", "green", "blue");
      }

      @Override
      public int size() {
        return size;
      }

      @Override
      public Sample get(int index) {
        return sample(RandomStreams.stream(split, index));
      }
    };
  }

  /** Batches of 4, normalised to [-1,1]. */
  public static LongFunction<Batch> batches(long seed) {
    SegmentationDataset data = dataset(seed, 32);
    return index -> {
      float[] images = new float[4 * 3 * SIZE * SIZE];
      byte[] labels = new byte[4 * SIZE * SIZE];
      int plane = SIZE * SIZE;
      for (int n = 0; n < 4; n++) {
        Sample sample = data.get((int) ((4 * index + n) % data.size()));
        System.arraycopy(sample.labels(), 0, labels, n * plane, plane);
        for (int i = 0; i < 3 * plane; i++) {
          images[n * 3 * plane + i % 3 * plane + i / 3] = (sample.rgb()[i] & 0xFF) / 127.5f - 1;
        }
      }
      return new Batch(4, SIZE, SIZE, images, labels);
    };
  }

  /** All trained values of a network. */
  public static float[] weights(Network network) {
    Tensor values = network.parameters().values();
    float[] weights = new float[Math.toIntExact(values.numel())];
    values.data_ptr_float().get(weights);
    return weights;
  }

  /** A network that meets the toy's batches, for one branch. */
  public static Model model(Network network, long seed) {
    return model(network, seed, 1);
  }

  /** The same, whose losses are looked at several at once. */
  public static Model model(Network network, long seed, int atOnce) {
    return model(network, seed, atOnce, Precision.FLOAT32);
  }

  /** The same in a precision. */
  public static Model model(Network network, long seed, int atOnce, Precision precision) {
    return model(network, batches(seed), atOnce, precision);
  }

  /** A network that meets other batches. */
  public static Model model(Network network, LongFunction<Batch> batches) {
    return model(network, batches, 1, Precision.FLOAT32);
  }

  private static Model model(
      Network network, LongFunction<Batch> batches, int atOnce, Precision precision) {
    return new Model() {
      @Override
      public Map<String, Pair> forward(long step) {
        Batch batch = batches.apply(step);
        Tensor images =
            Tensor.create(batch.images(), batch.size(), 3, batch.height(), batch.width());
        Tensor labels =
            Tensor.create(batch.labels(), false, batch.size(), batch.height(), batch.width());
        try (Precision.Scope scope = precision.on(network.parameters().device())) {
          Tensor logits = network.forward(images, true);
          return Map.of("loss", new Pair(Precision.wide(logits), labels));
        }
      }

      @Override
      public Optimiser optimiser(TrainingSettings settings) {
        return OptimiserSettings.optimiser(network.parameters(), network.heads(), settings);
      }

      @Override
      public int lossesAtOnce() {
        return atOnce;
      }

      @Override
      public StateDict state() {
        return network.checkpoint().state();
      }

      @Override
      public void restore(StateDict state, int step) throws IOException {
        network.restore(state, step);
      }

      @Override
      public boolean isFinite() {
        return network.parameters().isFinite();
      }

      @Override
      public void close() {
        network.close();
      }
    };
  }

  private static Sample sample(RandomGenerator random) {
    byte[] rgb = new byte[3 * SIZE * SIZE];
    byte[] labels = new byte[SIZE * SIZE];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) (100 + random.nextInt(40));
    }
    for (int square = 0; square < 2; square++) {
      int label = 1 + random.nextInt(3);
      int side = 4 + random.nextInt(5);
      int top = random.nextInt(SIZE - side);
      int left = random.nextInt(SIZE - side);
      for (int p = 0; p < side * side; p++) {
        int pixel = (top + p / side) * SIZE + left + p % side;
        labels[pixel] = (byte) label;
        for (int channel = 0; channel < 3; channel++) {
          rgb[3 * pixel + channel] = (byte) (channel + 1 == label ? 200 : random.nextInt(60));
        }
      }
    }
    return new Sample("toy", SIZE, SIZE, rgb, labels);
  }
}
