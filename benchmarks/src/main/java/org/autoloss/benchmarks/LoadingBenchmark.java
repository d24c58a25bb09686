package org.autoloss.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.autoloss.data.Ahead;
import org.autoloss.data.Batch;
import org.autoloss.data.BatchLoader;
import org.autoloss.data.Sample;
import org.autoloss.data.TrainingTransform;
import org.autoloss.data.VocDataset;
import org.autoloss.data.VocWriter;
import org.autoloss.loss.Loss;
import org.autoloss.nn.Network;
import org.autoloss.nn.NetworkSpec;
import org.autoloss.train.Sgd;
import org.autoloss.train.TrainingSettings;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What loading costs a step of a training: {@code benchmarks/run.sh LoadingBenchmark}.
 *
 * <p>A step of a network on one libtorch thread, as trainings have it, with batches of real JPEG
 * files of 500x375 pixels that are decoded each time, nothing cached: {@code ahead} as in
 * trainings, {@code inline} when the step asks for them, {@code none} with one batch made
 * beforehand, which is what the others are compared with.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 2, time = 5)
@Measurement(iterations = 5, time = 5)
@Fork(1)
public class LoadingBenchmark {
  private static final int IMAGES = 64;
  private static final int CLASSES = 21;
  private static final int CROP = 128;
  private static final int BATCH = 8;

  /** How batches come. */
  @Param({"none", "ahead", "inline"})
  public String loading;

  /** The network. */
  @Param("deeplabv3plus:mobilenet_v2,channels=128")
  public String network;

  private Path folder;
  private Network net;
  private Loss loss;
  private Sgd optimiser;
  private BatchLoader loader;
  private Ahead<Batch> ahead;
  private Batch fixed;
  private long next;

  /**
   * Writes the images and makes the network.
   *
   * @throws IOException if a file cannot be written
   */
  @Setup(Level.Trial)
  public void makeReady() throws IOException {
    folder = Files.createTempDirectory("autoloss-loading");
    write(folder);
    torch.set_num_threads(1);
    net = Network.of(new NetworkSpec(network, CLASSES), 1);
    loss = Loss.parse("ce");
    optimiser = new Sgd(net.parameters(), TrainingSettings.of(1, 1e-4));
    loader =
        new BatchLoader(VocDataset.open(folder, "train", 0), TrainingTransform.of(CROP), BATCH, 1);
    ahead = new Ahead<>(loader::batch, 1, Long.MAX_VALUE);
    fixed = loader.batch(0);
  }

  private static void write(Path folder) throws IOException {
    List<String> classes = new ArrayList<>();
    for (int c = 0; c < CLASSES; c++) {
      classes.add("class" + c);
    }
    VocWriter writer = new VocWriter(folder, classes);
    List<String> names = new ArrayList<>();
    Random random = new Random(1);
    for (int i = 0; i < IMAGES; i++) {
      names.add("image" + i);
      writer.write(sample(names.get(i), random));
    }
    writer.writeSplit("train", names);
  }

  /** Blocks of colour with noise: JPEGs of some 60 KB, as photographs of that size have. */
  private static Sample sample(String name, Random random) {
    int width = 500;
    int height = 375;
    byte[] rgb = new byte[3 * width * height];
    byte[] labels = new byte[width * height];
    int[] colours = random.ints(64, 0, 1 << 24).toArray();
    for (int i = 0; i < labels.length; i++) {
      int block = i / width / 50 * 8 + i % width / 63;
      labels[i] = (byte) (colours[block] % CLASSES);
      for (int c = 0; c < 3; c++) {
        int level = (colours[block] >> 8 * c & 0xFF) + random.nextInt(24) - 12;
        rgb[3 * i + c] = (byte) Math.max(0, Math.min(255, level));
      }
    }
    return new Sample(name, width, height, rgb, labels);
  }

  /**
   * Ends the threads and removes the images.
   *
   * @throws IOException if a file cannot be removed
   */
  @TearDown(Level.Trial)
  public void tearDown() throws IOException {
    ahead.close();
    optimiser.close();
    loss.close();
    net.close();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /**
   * One step.
   *
   * @return the loss
   */
  @Benchmark
  public double step() {
    Batch batch = batch();
    try (PointerScope scope = new PointerScope()) {
      Tensor images = Tensor.create(batch.images(), BATCH, 3, CROP, CROP);
      Tensor labels = Tensor.create(batch.labels(), false, BATCH, CROP, CROP);
      Tensor value = loss.apply(net.forward(images, true), labels);
      optimiser.zeroGradient();
      value.backward();
      optimiser.step(0);
      return value.item_double();
    }
  }

  private Batch batch() {
    return switch (loading) {
      case "none" -> fixed;
      case "ahead" -> ahead.get(next++);
      default -> loader.batch(next++);
    };
  }
}
