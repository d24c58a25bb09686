package org.autoloss.task.segmentation;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.autoloss.data.EvaluationBatch;
import org.autoloss.data.EvaluationBatches;
import org.autoloss.data.Extent;
import org.autoloss.data.Pictures;
import org.autoloss.nn.Network;
import org.autoloss.task.ExampleFiles;
import org.autoloss.train.Precision;

/**
 * Images of a split, their labels and what a network sees in them, in VOC's colours: those of the
 * first ones that show the most classes.
 *
 * @param batches of the split
 * @param precision that the network computes in
 */
record SegmentationExamples(EvaluationBatches batches, Precision precision) {
  private static final int LOOKED_AT = 16;

  /** One image of a batch, and the classes that the network sees. */
  private record Seen(EvaluationBatch batch, int index, byte[] labels, byte[] prediction) {
    long classes() {
      return IntStream.range(0, labels.length).map(i -> labels[i]).distinct().count();
    }
  }

  void draw(Network network, ExampleFiles files) throws IOException {
    Files.createDirectories(files.folder());
    List<Seen> chosen =
        look(network).stream()
            .sorted(Comparator.comparingLong((Seen seen) -> -seen.classes()))
            .limit(ExampleFiles.COUNT)
            .toList();
    for (int i = 0; i < chosen.size(); i++) {
      Seen seen = chosen.get(i);
      Extent size = seen.batch().labelled();
      Pictures.writeImage(files.image(i), seen.batch(), seen.index());
      Pictures.writeClasses(files.labels(i), size.width(), size.height(), seen.labels());
      Pictures.writeClasses(files.prediction(i), size.width(), size.height(), seen.prediction());
      Files.write(files.errors(i), Pictures.errors(size.width(), seen.labels(), seen.prediction()));
      files.writeCaption(i, errorText(seen.labels(), seen.prediction()));
    }
  }

  private List<Seen> look(Network network) {
    List<Seen> seen = new ArrayList<>();
    for (EvaluationBatch batch : batches) {
      byte[] predictions = SegmentationEvaluator.predict(network, precision, batch);
      int plane = batch.labelled().pixels();
      for (int i = 0; i < batch.size() && seen.size() < LOOKED_AT; i++) {
        seen.add(new Seen(batch, i, part(batch.labels(), i, plane), part(predictions, i, plane)));
      }
      if (seen.size() == LOOKED_AT) {
        break;
      }
    }
    return seen;
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

  private static byte[] part(byte[] all, int index, int plane) {
    return Arrays.copyOfRange(all, index * plane, (index + 1) * plane);
  }
}
