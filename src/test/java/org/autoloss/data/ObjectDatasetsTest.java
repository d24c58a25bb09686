package org.autoloss.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.autoloss.Fuzz;
import org.autoloss.data.coco.CocoFile;
import org.autoloss.data.coco.CocoResultFile;
import org.autoloss.data.scenes.Scene;
import org.autoloss.data.scenes.SceneFamily;
import org.autoloss.data.scenes.SceneGenerator;
import org.autoloss.data.scenes.SceneLayout;
import org.autoloss.data.scenes.SceneOptions;
import org.autoloss.data.scenes.SceneSet;
import org.autoloss.data.scenes.SceneSplit;
import org.autoloss.metric.detection.Box;
import org.autoloss.metric.detection.CocoEvaluator;
import org.autoloss.metric.detection.CocoMetric;
import org.autoloss.metric.detection.CocoSettings;
import org.autoloss.metric.detection.CocoType;
import org.autoloss.metric.detection.Detection;
import org.autoloss.metric.detection.RunLengths;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images with objects, in COCO's layout and VOC's. */
class ObjectDatasetsTest {
  private static final SceneOptions OPTIONS = new SceneOptions(SceneFamily.REEF, 64, 8, 5, false);
  private static final Set<CocoType> MASKS = EnumSet.of(CocoType.SEGM);

  @TempDir Path folder;

  private Path scenes() throws IOException {
    Path target = folder.resolve("scenes");
    new SceneSet(OPTIONS, Map.of(SceneSplit.TRAIN, 7, SceneSplit.TEST, 3))
        .write(target, SceneLayout.DETECTION, false, done -> {});
    return target;
  }

  @Test
  void scenes_writtenAndRead_haveTheirObjects() throws IOException {
    ObjectDataset dataset = CocoDataset.open(scenes(), "train", MASKS);
    assertThat(dataset.size()).isEqualTo(7);
    assertThat(dataset.classNames()).isEqualTo(SceneFamily.REEF.classNames(8).subList(1, 8));
    SceneGenerator generator = new SceneGenerator(OPTIONS);
    int objects = 0;
    for (int i = 0; i < dataset.size(); i++) {
      Scene scene = generator.draw(SceneSplit.TRAIN, i);
      ObjectSample read = dataset.get(i);
      assertThat(read.name()).isEqualTo(scene.sample().name() + ".jpg");
      assertThat(read.target()).isEqualTo(scene.target());
      byte[] shown = new byte[64 * 64];
      for (ObjectLabel object : read.target().objects()) {
        byte[] pixels = ((RunLengths) object.mask()).decode();
        for (int p = 0; p < pixels.length; p++) {
          assertThat(pixels[p] * shown[p]).as("objects do not overlap").isZero();
          shown[p] += (byte) (pixels[p] * object.label());
        }
        objects++;
      }
      // hidden ones of fewer than four pixels have a label all the same
      int differences = 0;
      for (int p = 0; p < shown.length; p++) {
        differences += shown[p] != scene.sample().labels()[p] ? 1 : 0;
      }
      assertThat(differences).isLessThan(40);
    }
    assertThat(objects).isGreaterThan(20);
  }

  @Test
  void scenes_ofPoses_haveTheirKeypoints() throws IOException {
    Path target = folder.resolve("poses");
    for (SceneFamily family : SceneFamily.values()) {
      SceneOptions options = new SceneOptions(family, 96, 8, 3, false);
      new SceneSet(options, Map.of(SceneSplit.WARM, 12))
          .write(target, SceneLayout.POSE, true, done -> {});
      ObjectDataset dataset =
          CocoDataset.open(target, "warm", EnumSet.of(CocoType.KEYPOINTS, CocoType.SEGM));
      SceneGenerator generator = new SceneGenerator(options, SceneLayout.POSE);
      int[] visibility = new int[3];
      for (int i = 0; i < dataset.size(); i++) {
        Target read = dataset.get(i).target();
        Target drawn = generator.draw(SceneSplit.WARM, i).target();
        assertThat(read.size()).isEqualTo(drawn.size()).isPositive();
        for (int k = 0; k < read.size(); k++) {
          ObjectLabel figure = read.objects().get(k);
          assertThat(figure.mask()).isEqualTo(drawn.objects().get(k).mask());
          double[] values = figure.keypoints().values();
          assertThat(values).isEqualTo(drawn.objects().get(k).keypoints().values()).hasSize(39);
          byte[] pixels = ((RunLengths) figure.mask()).decode();
          for (int j = 0; j < values.length; j += 3) {
            visibility[(int) values[j + 2]]++;
            boolean shown = pixels[(int) values[j + 1] * 96 + (int) values[j]] != 0;
            if (values[j + 2] > 0) {
              assertThat(shown).isEqualTo(values[j + 2] == 2);
            }
          }
        }
      }
      assertThat(dataset.annotations().categories().get(0).keypoints()).hasSize(13);
      assertThat(visibility[2]).as("seen").isGreaterThan(100);
      assertThat(visibility[1]).as("hidden").isGreaterThan(10);
      assertThat(visibility[0]).as("outside").isGreaterThan(5);
    }
  }

  /** The mirror image of a figure must be one, too: limbs and their names do not differ. */
  @Test
  void scenes_ofPoses_tellLeftFromRightByTheHeadAlone() {
    SceneGenerator generator =
        new SceneGenerator(new SceneOptions(SceneFamily.PARK, 96, 8, 3, false), SceneLayout.POSE);
    int[][] counts = new int[2][2];
    for (int i = 0; i < 40; i++) {
      Scene scene = generator.draw(SceneSplit.WARM, i);
      for (ObjectLabel figure : scene.target().objects()) {
        double[] p = figure.keypoints().values();
        if (figure.area() > 200 && p[2] == 2 && p[5] > 0 && p[8] > 0) {
          int at = 3 * ((int) p[1] * 96 + (int) p[0]);
          boolean light = (scene.sample().rgb()[at] & 0xFF) > 110; // red of skin, or of hair
          boolean leftOnTheRight = p[3] > p[6];
          counts[light ? 1 : 0][leftOnTheRight ? 1 : 0]++;
        }
      }
    }
    // but for a head whose pixel shows the edge of what is before it
    assertThat(counts[0][1] + counts[1][0]).isLessThan(2);
    assertThat(counts[0][0]).isGreaterThan(5);
    assertThat(counts[1][1]).isGreaterThan(5);
  }

  @Test
  void scenes_equalOptions_giveEqualFiles() throws IOException {
    Path first = scenes();
    Path second = folder.resolve("again");
    new SceneSet(OPTIONS, Map.of(SceneSplit.TRAIN, 7, SceneSplit.TEST, 3))
        .write(second, SceneLayout.DETECTION, false, done -> {});
    try (Stream<Path> files = Files.walk(first)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        assertThat(second.resolve(first.relativize(file))).hasSameBinaryContentAs(file);
      }
    }
  }

  @Test
  void truth_asDetections_isPerfect() throws IOException {
    ObjectDataset dataset = CocoDataset.open(scenes(), "test", MASKS);
    List<Detection> detections = new ArrayList<>();
    for (int i = 0; i < dataset.size(); i++) {
      ObjectSample sample = dataset.get(i);
      for (ObjectLabel object : sample.target().objects()) {
        detections.add(
            Detection.of(
                sample.id(), dataset.category(object.label()), 1, (RunLengths) object.mask()));
      }
    }
    CocoFile truth = dataset.annotations();
    Path file = folder.resolve("results.json");
    CocoResultFile.write(file, detections, CocoType.SEGM);
    List<Detection> read = CocoResultFile.read(file, truth, CocoType.SEGM);
    assertThat(read).isEqualTo(detections);
    assertThat(
            new CocoEvaluator(CocoSettings.of(CocoType.SEGM))
                .evaluate(truth.imageIds(), truth.categoryIds(), truth.objects(), read)
                .value(CocoMetric.AR100))
        .isEqualTo(1);
  }

  @Test
  void loader_sameIndex_givesTheSameBatch() throws IOException {
    ObjectDataset dataset = CocoDataset.open(scenes(), "train", Set.of());
    ObjectLoader loader =
        new ObjectLoader(
            dataset,
            ObjectTransform.training(48, 80).withDistortion(PhotometricDistortion.DEFAULT),
            3,
            16,
            9);
    ObjectBatch batch = loader.batch(2);
    assertThat(loader.batch(2).images()).isEqualTo(batch.images());
    assertThat(loader.batch(3).images()).isNotEqualTo(batch.images());
    assertThat(batch.examples()).hasSize(3);
    List<String> epoch = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      loader.batch(i).examples().forEach(example -> epoch.add(example.name()));
    }
    for (int pass = 0; pass < 3; pass++) {
      assertThat(epoch.subList(7 * pass, 7 * pass + 7)).doesNotHaveDuplicates();
    }
  }

  @Test
  void coco_missingOrOtherImages_areRefused() throws IOException {
    Path root = scenes();
    Path json = root.resolve("annotations").resolve("test.json");
    String text = Files.readString(json);
    Files.writeString(json, text.replaceFirst("\"width\":64", "\"width\":63"));
    ObjectDataset dataset = CocoDataset.open(root, "test", Set.of());
    assertThatThrownBy(() -> dataset.get(0))
        .hasMessageContaining("expected 63x64 pixels, as its annotations say, got 64x64");
    Files.writeString(json, text.replaceFirst("test_00000.jpg", "../test_00000.jpg"));
    assertThatThrownBy(() -> CocoDataset.open(root, "test", Set.of()))
        .hasMessageContaining("expected the image '../test_00000.jpg'");
    Files.writeString(json, text.replaceFirst("test_00000.jpg", "nothing.jpg"));
    assertThatThrownBy(() -> CocoDataset.open(root, "test", Set.of()))
        .hasMessageContaining("expected the image 'nothing.jpg'")
        .hasMessageContaining("got nothing; restore the file");
    assertThatThrownBy(() -> CocoDataset.open(root, "../test", Set.of()))
        .hasMessageContaining("split: expected the name of a file");
  }

  private static final String XML =
      """
      <annotation><filename>a.png</filename>
        <size><width>20</width><height>10</height><depth>3</depth></size>
        <object><name>dog</name><difficult>0</difficult>
          <bndbox><xmin>1</xmin><ymin>2</ymin><xmax>5</xmax><ymax>4</ymax></bndbox></object>
        <object><name>cat</name><difficult>1</difficult>
          <bndbox><xmin>3</xmin><ymin>3</ymin><xmax>3</xmax><ymax>3</ymax></bndbox></object>
      </annotation>
      """;

  private Path voc(String xml) throws IOException {
    Path root = folder.resolve("voc");
    Files.createDirectories(root.resolve("Annotations"));
    Files.createDirectories(root.resolve("ImageSets/Main"));
    Files.createDirectories(root.resolve("JPEGImages"));
    Files.writeString(root.resolve("ImageSets/Main/train.txt"), "a\n");
    Files.writeString(root.resolve("Annotations/a.xml"), xml);
    Files.write(
        root.resolve("JPEGImages/a.png"),
        ImageEncoder.labelsPng(new ImageFiles.Pixels(20, 10, new byte[200])));
    return root;
  }

  @Test
  void voc_objects_haveCornersFromOne() throws IOException {
    ObjectDataset dataset = VocObjects.open(voc(XML), "train");
    assertThat(dataset.classNames()).containsExactly("cat", "dog");
    ObjectSample sample = dataset.get(0);
    assertThat(sample.width()).isEqualTo(20);
    ObjectLabel dog = sample.target().objects().get(0);
    assertThat(dog.label()).isEqualTo(2);
    assertThat(dog.box()).isEqualTo(new Box(0, 1, 5, 3));
    assertThat(dog.ignored()).isFalse();
    ObjectLabel cat = sample.target().objects().get(1);
    assertThat(cat.box()).isEqualTo(new Box(2, 2, 1, 1));
    assertThat(cat.ignored()).isTrue();
    Files.writeString(folder.resolve("voc/classes.txt"), "dog\ncat\n");
    assertThat(VocObjects.open(folder.resolve("voc"), "train").classNames())
        .containsExactly("dog", "cat");
    Files.writeString(folder.resolve("voc/classes.txt"), "dog\n");
    assertThatThrownBy(() -> VocObjects.open(folder.resolve("voc"), "train"))
        .hasMessageContaining("a.xml: expected a class of")
        .hasMessageContaining("got 'cat'");
  }

  @Test
  void voc_damaged_isRefused() throws IOException {
    assertThatThrownBy(() -> VocObjects.open(voc(XML.replace("<xmax>5</xmax>", "")), "train"))
        .hasMessageContaining("<bndbox> without 'xmax'");
    assertThatThrownBy(() -> VocObjects.open(voc(XML.replace("<xmax>5", "<xmax>0")), "train"))
        .hasMessageContaining("a box from 1.0,2.0 to 0.0,4.0");
    assertThatThrownBy(() -> VocObjects.open(voc(XML.replace("<xmax>5", "<xmax>five")), "train"))
        .hasMessageContaining("'five' for xmax");
    // an entity that would read another file
    String doctype = "<!DOCTYPE annotation [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>";
    assertThatThrownBy(() -> VocObjects.open(voc(doctype + XML), "train"))
        .hasMessageContaining("DOCTYPE");
    assertThatThrownBy(() -> VocObjects.open(voc(XML), "../train")).hasMessageContaining("split");
    assertThatThrownBy(() -> VocObjects.open(voc(XML), "none")).hasMessageContaining("none.txt");
  }

  @Test
  void voc_damagedAtRandom_isReadOrRefused() {
    Fuzz.run(
        61,
        input -> {
          Path root = voc("");
          Files.write(root.resolve("Annotations/a.xml"), input);
          assertThat(VocObjects.open(root, "train").size()).isEqualTo(1);
        },
        XML);
  }
}
