package org.autoloss.task.segmentation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.autoloss.data.Batch;
import org.autoloss.data.EvaluationBatches;
import org.autoloss.data.Pictures;
import org.autoloss.nn.Network;
import org.autoloss.task.ExampleFiles;

/**
 * Images of a split, their labels and what a network sees in them, in VOC's colours: those of the
 * first batch that show the most classes.
 *
 * @param batches of the split
 */
record SegmentationExamples(EvaluationBatches batches) {
  void draw(Network network, ExampleFiles files) throws IOException {
    Files.createDirectories(files.folder());
    Batch batch = batches.batch(0);
    byte[] predictions = SegmentationEvaluator.predict(network, batch);
    int plane = batch.height() * batch.width();
    int[] chosen = chosen(batch);
    for (int i = 0; i < chosen.length; i++) {
      Pictures.writeImage(files.image(i), batch, chosen[i]);
      write(files.labels(i), batch, part(batch.labels(), chosen[i], plane));
      byte[] expected = part(batch.labels(), chosen[i], plane);
      byte[] got = part(predictions, chosen[i], plane);
      write(files.prediction(i), batch, got);
      Files.write(files.errors(i), Pictures.errors(batch.width(), expected, got));
      files.writeCaption(i, errorText(expected, got));
    }
  }

  private static void write(Path file, Batch batch, byte[] classes) throws IOException {
    Pictures.writeClasses(file, batch.width(), batch.height(), classes);
  }

  private static String errorText(byte[] labels, byte[] prediction) {
    int counted = 0;
    int wrong = 0;
    for (int i = 0; i < labels.length; i++) {
      counted += labels[i] == -1 ? 0 : 1;
      wrong += labels[i] == -1 || labels[i] == prediction[i] ? 0 : 1;
    }
    return Math.round(100.0 * wrong / Math.max(1, counted)) + " % wrong";
  }

  private static int[] chosen(Batch batch) {
    int plane = batch.height() * batch.width();
    return IntStream.range(0, batch.size())
        .boxed()
        .sorted(Comparator.comparingLong((Integer i) -> -distinct(part(batch.labels(), i, plane))))
        .limit(ExampleFiles.COUNT)
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
