package org.autoloss.task.detection;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.autoloss.data.ObjectDataset;
import org.autoloss.data.ObjectLabel;
import org.autoloss.data.ObjectSample;
import org.autoloss.data.Pictures;
import org.autoloss.metric.detection.Box;
import org.autoloss.metric.detection.CocoType;
import org.autoloss.nn.models.rcnn.ImageDetections;
import org.autoloss.nn.models.rcnn.ObjectDetector;
import org.autoloss.task.ExampleFiles;

/**
 * Images of a split with their objects, and with what a network is sure of; and how precise it is
 * over the whole split. Of the first images those that show the most objects.
 *
 * @param evaluator of the split
 */
record DetectionExamples(DetectionEvaluator evaluator) {
  private static final int LOOKED_AT = 16;
  private static final float SURE = 0.5f;
  private static final float OVERLAP = 0.5f;
  private static final String LEGEND =
      "Of the networks, detections with scores of 0.5 and more are drawn: green those that overlap an"
          + " object of their class by an IoU of 0.5 or more, red the others; dashed in orange the"
          + " objects that were missed.";

  void draw(ObjectDetector detector, CocoType type, ExampleFiles files) throws IOException {
    Files.createDirectories(files.folder());
    files.writeLegend(LEGEND);
    List<ObjectSample> samples = samples(evaluator.dataset());
    for (int i = 0; i < samples.size(); i++) {
      ObjectSample sample = samples.get(i);
      ImageDetections found = evaluator.detect(detector, List.of(sample)).get(0);
      ObjectPicture picture = new ObjectPicture(sample);
      Pictures.write(files.image(i), picture.of(List.of()));
      Pictures.write(files.labels(i), picture.of(objects(sample)));
      Verdict verdict = verdict(sample, found);
      Pictures.write(files.prediction(i), picture.of(verdict.drawn()));
      files.writeCaption(i, verdict.caption());
    }
    files.writeCurves(PrecisionCurves.of(evaluator.compare(evaluator.find(detector), type)));
  }

  private static List<ObjectSample> samples(ObjectDataset dataset) {
    return IntStream.range(0, Math.min(LOOKED_AT, dataset.size()))
        .mapToObj(dataset::get)
        .sorted(Comparator.comparingInt(sample -> -sample.target().objects().size()))
        .limit(ExampleFiles.COUNT)
        .toList();
  }

  private List<ObjectPicture.Drawn> objects(ObjectSample sample) {
    return sample.target().objects().stream()
        .map(
            each ->
                new ObjectPicture.Drawn(
                    each.box(),
                    ObjectPicture.ofClass(each.label()),
                    false,
                    name(each.label()),
                    each.mask() == null ? null : each.mask().runs(sample.height(), sample.width())))
        .toList();
  }

  private String name(int label) {
    return evaluator.dataset().classNames().get(label - 1);
  }

  /** What is drawn of a network, and in words. */
  private record Verdict(List<ObjectPicture.Drawn> drawn, String caption) {}

  private Verdict verdict(ObjectSample sample, ImageDetections found) {
    List<ObjectLabel> objects =
        sample.target().objects().stream().filter(each -> !each.crowd()).toList();
    int[] sure =
        IntStream.range(0, found.scores().length).filter(i -> found.scores()[i] >= SURE).toArray();
    boolean[] seen = new boolean[objects.size()];
    List<ObjectPicture.Drawn> drawn = new ArrayList<>();
    int wrong = 0;
    for (int i : sure) { // the surest first
      int object = match(objects, seen, found, i);
      if (object >= 0) {
        seen[object] = true;
      } else {
        wrong++;
      }
      drawn.add(
          new ObjectPicture.Drawn(
              box(found, i),
              object >= 0 ? ObjectPicture.RIGHT : ObjectPicture.WRONG,
              false,
              String.format(
                  Locale.ROOT, "%s %.0f", name(found.labels()[i]), 100 * found.scores()[i]),
              found.mask(i, sample.height(), sample.width())));
    }
    int right = sure.length - wrong;
    for (int g = 0; g < seen.length; g++) {
      if (!seen[g]) {
        ObjectLabel missed = objects.get(g);
        drawn.add(
            new ObjectPicture.Drawn(
                missed.box(), ObjectPicture.MISSED, true, name(missed.label()), null));
      }
    }
    return new Verdict(
        drawn,
        String.format(Locale.ROOT, "%d of %d found, %d wrong", right, objects.size(), wrong));
  }

  private static Box box(ImageDetections found, int i) {
    float[] b = found.boxes();
    return Box.ofCorners(b[4 * i], b[4 * i + 1], b[4 * i + 2], b[4 * i + 3]);
  }

  /** The object of its class that a detection overlaps most, of those not seen yet; -1 for none. */
  private static int match(
      List<ObjectLabel> objects, boolean[] seen, ImageDetections found, int detection) {
    Box box = box(found, detection);
    int best = -1;
    double most = 0;
    for (int g = 0; g < objects.size(); g++) {
      boolean fits = !seen[g] && objects.get(g).label() == found.labels()[detection];
      double overlap = fits ? box.iou(objects.get(g).box(), false) : 0;
      if (overlap >= OVERLAP && overlap > most) {
        best = g;
        most = overlap;
      }
    }
    return best;
  }
}
