package org.autoloss.data.scenes;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.autoloss.data.CocoWriter;
import org.autoloss.data.ObjectSample;
import org.autoloss.data.Sample;
import org.autoloss.data.VocWriter;
import org.autoloss.data.coco.CocoCategory;

/** What scenes are for: what they show, what is written of them, and how it lies on disk. */
public enum SceneLayout {
  /** Classes of pixels, in the layout of PASCAL VOC. */
  SEGMENTATION {
    @Override
    Writer writer(Path folder, List<String> classes) throws IOException {
      return new Classes(new VocWriter(folder, classes), new ArrayList<>());
    }

    @Override
    public List<String> classNames(SceneFamily family, int classes) {
      return family.classNames(classes);
    }
  },
  /** Boxes and masks of the objects, as far as they are visible, in COCO's layout. */
  DETECTION,
  /** The same, for who asks for it by the task. */
  INSTANCES,
  /** Articulated figures with keypoints, boxes and masks, in COCO's layout. */
  POSE {
    @Override
    Writer writer(Path folder, List<String> classes) throws IOException {
      CocoCategory figure =
          new CocoCategory(1, classes.get(0), FigurePainter.KEYPOINTS, FigurePainter.SKELETON);
      return new Objects(new CocoWriter(folder, List.of(figure)), new int[1]);
    }

    @Override
    public List<String> classNames(SceneFamily family, int classes) {
      return List.of("figure");
    }

    @Override
    ScenePainter painter(SceneFamily family) {
      return new FigurePainter(family.background());
    }

    @Override
    int wanted(int index, int classes) {
      return 1; // a figure in each
    }
  };

  /**
   * The names of the classes.
   *
   * @param family the world that the scenes show
   * @param classes how many occur in it, the background among them
   * @return in the order of labels: of pixels from 0, the background first; of objects from 1
   */
  public List<String> classNames(SceneFamily family, int classes) {
    return family.classNames(classes).subList(1, classes); // the background is no object
  }

  Writer writer(Path folder, List<String> classes) throws IOException {
    List<CocoCategory> categories = new ArrayList<>();
    for (String name : classes) {
      categories.add(new CocoCategory(categories.size() + 1, name, List.of(), List.of()));
    }
    return new Objects(new CocoWriter(folder, categories), new int[1]);
  }

  ScenePainter painter(SceneFamily family) {
    return family.painter();
  }

  /** The class that a scene is sure to show; 0 for none. */
  int wanted(int index, int classes) {
    return index + 1 < classes ? index + 1 : 0;
  }

  /** Writes scenes, split by split. */
  interface Writer {
    void write(Scene scene) throws IOException;

    void endSplit(String split) throws IOException;
  }

  private record Classes(VocWriter writer, List<String> names) implements Writer {
    @Override
    public void write(Scene scene) throws IOException {
      writer.write(scene.sample());
      names.add(scene.sample().name());
    }

    @Override
    public void endSplit(String split) throws IOException {
      writer.writeSplit(split, names);
      names.clear();
    }
  }

  private record Objects(CocoWriter writer, int[] images) implements Writer {
    @Override
    public void write(Scene scene) throws IOException {
      Sample sample = scene.sample();
      writer.write(
          new ObjectSample(
              sample.name(),
              ++images[0],
              sample.width(),
              sample.height(),
              sample.rgb(),
              scene.target()));
    }

    @Override
    public void endSplit(String split) throws IOException {
      writer.writeSplit(split);
    }
  }
}
