package org.autoloss.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Locale;
import java.util.stream.IntStream;
import org.autoloss.data.Batch;
import org.autoloss.data.EvaluationBatches;
import org.autoloss.data.Pictures;
import org.autoloss.nn.Network;
import org.autoloss.train.SegmentationEvaluator;

/**
 * A few test images with what the networks of the final comparison see in them, for people to look
 * at: {@code 0-image.png}, {@code 0-labels.png} and {@code 0-LOSS.png}, from the first seed of each
 * loss. The images are those of the first batch that show the most classes.
 */
public final class ExamplePictures implements LossComparison.NetworkListener {
  /** Their folder in that of the run. */
  public static final String FOLDER = "examples";

  /** How many images there are at most. */
  public static final int COUNT = 4;

  private final EvaluationBatches batches;
  private final Path folder;

  private ExamplePictures(EvaluationBatches batches, Path folder) {
    this.batches = batches;
    this.folder = folder;
  }

  static ExamplePictures of(EvaluationBatches batches, Path folder) {
    return new ExamplePictures(batches, folder);
  }

  /**
   * The image itself.
   *
   * @param folder of the pictures
   * @param index from 0
   * @return a file name in it
   */
  public static Path image(Path folder, int index) {
    return folder.resolve(index + "-image.png");
  }

  /**
   * The image's labels, in VOC's colours.
   *
   * @param folder of the pictures
   * @param index from 0
   * @return a file name in it
   */
  public static Path labels(Path folder, int index) {
    return folder.resolve(index + "-labels.png");
  }

  /**
   * What the network that a loss trained sees, in VOC's colours.
   *
   * @param folder of the pictures
   * @param index from 0
   * @param loss as the comparison calls it
   * @return a file name in it
   */
  public static Path prediction(Path folder, int index, String loss) {
    String name = loss.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
    return folder.resolve(index + "-by-" + name + ".png");
  }

  @Override
  public void trained(String loss, int seed, Network network) throws IOException {
    if (seed != 0) {
      return;
    }
    Files.createDirectories(folder);
    Batch batch = batches.batch(0);
    byte[] predictions = SegmentationEvaluator.predict(network, batch);
    int plane = batch.height() * batch.width();
    int[] chosen = chosen(batch);
    for (int i = 0; i < chosen.length; i++) {
      Pictures.writeImage(image(folder, i), batch, chosen[i]);
      write(labels(folder, i), batch, part(batch.labels(), chosen[i], plane));
      write(prediction(folder, i, loss), batch, part(predictions, chosen[i], plane));
    }
  }

  private static void write(Path file, Batch batch, byte[] classes) throws IOException {
    Pictures.writeClasses(file, batch.width(), batch.height(), classes);
  }

  private static int[] chosen(Batch batch) {
    int plane = batch.height() * batch.width();
    return IntStream.range(0, batch.size())
        .boxed()
        .sorted(Comparator.comparingLong((Integer i) -> -distinct(part(batch.labels(), i, plane))))
        .limit(COUNT)
        .mapToInt(i -> i)
        .toArray();
  }

  private static long distinct(byte[] labels) {
    return IntStream.range(0, labels.length).map(i -> labels[i]).distinct().count();
  }

  private static byte[] part(byte[] all, int index, int plane) {
    return Arrays.copyOfRange(all, index * plane, (index + 1) * plane);
  }
}
