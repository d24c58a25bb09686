package org.autoloss.data.pose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import javax.imageio.ImageIO;
import org.autoloss.data.CocoDataset;
import org.autoloss.data.Extent;
import org.autoloss.data.ObjectDataset;
import org.autoloss.metric.detection.CocoType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which objects of a data set are poses. */
class PoseDatasetTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;
  private final ObjectNode file = JSON.createObjectNode();

  @BeforeEach
  void begin() throws IOException {
    Files.createDirectories(folder.resolve("images"));
    Files.createDirectories(folder.resolve("annotations"));
    ArrayNode images = file.putArray("images");
    for (int i = 1; i <= 2; i++) {
      String name = i + ".png";
      images.addObject().put("id", 10 * i).put("file_name", name).put("width", 8).put("height", 6);
      ImageIO.write(
          new BufferedImage(8, 6, BufferedImage.TYPE_INT_RGB),
          "png",
          folder.resolve("images").resolve(name).toFile());
    }
    ObjectNode mouse = file.putArray("categories").addObject().put("id", 4).put("name", "mouse");
    mouse.putArray("keypoints").add("snout").add("tail");
    mouse.putArray("skeleton").addArray().add(1).add(2);
    file.putArray("annotations");
  }

  private ObjectNode object(int image, double side, int... visible) {
    ArrayNode annotations = (ArrayNode) file.path("annotations");
    ObjectNode object = annotations.addObject().put("id", annotations.size()).put("area", 4);
    object.put("image_id", image).put("category_id", 4).put("iscrowd", 0);
    object.putArray("bbox").add(1).add(1).add(side).add(side);
    ArrayNode points = object.putArray("keypoints");
    for (int v : visible) {
      points.add(2).add(3).add(v);
    }
    return object;
  }

  private ObjectDataset open() throws IOException {
    JSON.writeValue(folder.resolve("annotations/train.json").toFile(), file);
    return CocoDataset.open(folder, "train", Set.of(CocoType.KEYPOINTS));
  }

  @Test
  void of_objects_areThoseWithABoxAndLabels() throws IOException {
    object(20, 2, 0, 0);
    object(20, 3, 0, 2);
    object(10, 4, 1, 0);
    object(10, 0, 2, 2);
    object(10, 5, 2, 2).put("iscrowd", 1);
    object(20, 3, 2, 2).put("ignore", 1);
    ObjectDataset images = open();
    PoseDataset poses = PoseDataset.of(images, "train");
    assertThat(poses.size()).isEqualTo(3);
    assertThat(poses.get(0).image().id()).isEqualTo(20);
    assertThat(poses.get(0).object().keypoints().values()).containsExactly(2, 3, 0, 2, 3, 2);
    assertThat(poses.get(1).object().box().width()).isEqualTo(4);
    assertThat(poses.inImage(0)).containsExactly(1);
    assertThat(poses.inImage(1)).containsExactly(0, 2);
    assertThat(PoseDataset.forTraining(images, "train").size()).isEqualTo(2);
    assertThat(poses.skeleton())
        .isEqualTo(new Skeleton(List.of("snout", "tail"), List.of(List.of(0, 1))));
  }

  @Test
  void digest_anyKeypoint_isInIt() throws IOException {
    ObjectNode object = object(10, 3, 2, 2);
    String first = open().digest();
    assertThat(first).hasSize(64).isEqualTo(open().digest());
    ((ArrayNode) object.path("keypoints")).set(0, 2.5);
    assertThat(open().digest()).isNotEqualTo(first);
  }

  @Test
  void loader_batch_isTheSameWheneverItIsAskedFor() throws IOException {
    object(10, 3, 2, 2);
    object(20, 3, 2, 1);
    PoseDataset poses = PoseDataset.of(open(), "train");
    PoseTransform transform =
        new PoseTransform(new Extent(32, 32), 1.25, PoseAugmentation.MMPOSE, poses.skeleton());
    PoseLoader loader = new PoseLoader(poses, transform, 2, 5);
    loader.batch(0);
    assertThat(loader.batch(3).examples().get(1).map())
        .isEqualTo(new PoseLoader(poses, transform, 2, 5).batch(3).examples().get(1).map())
        .isNotEqualTo(loader.batch(4).examples().get(1).map());
    assertThatThrownBy(() -> loader.batch(-1)).hasMessage("index: expected at least 0, got -1");
  }

  @Test
  void of_noPose_isRefused() throws IOException {
    object(10, 3, 0, 0);
    ObjectDataset images = open();
    assertThatThrownBy(() -> PoseDataset.of(images, "DIR, train"))
        .hasMessageStartingWith("DIR, train: expected at least one object with a box and labelled");
  }

  @Test
  void of_otherNumberOfKeypoints_isRefused() throws IOException {
    object(10, 3, 2, 2, 2);
    ObjectDataset images = open();
    assertThatThrownBy(() -> PoseDataset.of(images, "train"))
        .hasMessage(
            "train: category mouse: expected the names of 3 keypoints, as its objects have, and"
                + " bones between them, got 2 names and the bones [[0, 1]]");
  }

  @Test
  void of_twoSkeletons_areRefused() throws IOException {
    object(10, 3, 2, 2);
    ObjectNode cat = ((ArrayNode) file.path("categories")).addObject();
    cat.put("id", 5).put("name", "cat").putArray("keypoints").add("nose").add("tail");
    object(10, 3, 2, 2).put("category_id", 5);
    ObjectDataset images = open();
    assertThatThrownBy(() -> PoseDataset.of(images, "train"))
        .hasMessageContaining("[snout, tail] and [nose, tail]");
  }

  @Test
  void of_keypointsWithoutNames_getNumbers() throws IOException {
    ((ObjectNode) file.path("categories").get(0)).remove(List.of("keypoints", "skeleton"));
    object(10, 3, 2, 2);
    assertThat(PoseDataset.of(open(), "train").skeleton().points()).containsExactly("1", "2");
  }
}
