package org.autoloss.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Cityscapes as it is unpacked (Cordts et al., "The Cityscapes dataset for semantic urban scene
 * understanding", CVPR 2016).
 *
 * <pre>
 * ROOT/leftImg8bit/LIST/CITY/NAME_leftImg8bit.png
 * ROOT/gtFine/LIST/CITY/NAME_gtFine_labelIds.png         34 ids, of which 19 are trained
 * ROOT/gtFine/LIST/CITY/NAME_gtFine_labelTrainIds.png    or these, where the first is not there
 * </pre>
 */
record CityscapesFolders(Path root) implements Layout {
  private static final String IMAGE = "_leftImg8bit.png";
  private static final String IDS = "_gtFine_labelIds.png";
  private static final String TRAIN_IDS = "_gtFine_labelTrainIds.png";
  private static final int CITY_DEPTH = 2;

  /** The classes that are trained, by their train ids, with the ids of the files. */
  private enum Label {
    ROAD("road", 7),
    SIDEWALK("sidewalk", 8),
    BUILDING("building", 11),
    WALL("wall", 12),
    FENCE("fence", 13),
    POLE("pole", 17),
    TRAFFIC_LIGHT("traffic light", 19),
    TRAFFIC_SIGN("traffic sign", 20),
    VEGETATION("vegetation", 21),
    TERRAIN("terrain", 22),
    SKY("sky", 23),
    PERSON("person", 24),
    RIDER("rider", 25),
    CAR("car", 26),
    TRUCK("truck", 27),
    BUS("bus", 28),
    TRAIN("train", 31),
    MOTORCYCLE("motorcycle", 32),
    BICYCLE("bicycle", 33);

    private final String title;
    private final int id;

    Label(String title, int id) {
      this.title = title;
      this.id = id;
    }
  }

  private static final int LARGEST_ID = 33;
  private static final byte[] TRAIN_ID = trainIds();

  private static byte[] trainIds() {
    byte[] ids = new byte[256];
    Arrays.fill(ids, (byte) 255);
    for (Label label : Label.values()) {
      ids[label.id] = (byte) label.ordinal();
    }
    return ids;
  }

  Path images() {
    return root.resolve("leftImg8bit");
  }

  @Override
  public Path labels() {
    return root.resolve("gtFine");
  }

  @Override
  public Path source(String list) {
    return images().resolve(list);
  }

  @Override
  public List<String> classes() {
    return Arrays.stream(Label.values()).map(label -> label.title).toList();
  }

  @Override
  public String remedy() {
    return "restore the file";
  }

  @Override
  public List<SampleFiles> samples(String list) {
    if (!VocFolders.isPlain(list) || !Files.isDirectory(source(list))) {
      throw new IllegalArgumentException(
          images().resolve(VocFolders.isPlain(list) ? list : "")
              + ": expected a folder of cities, got nothing; take a list that is there ("
              + String.join(", ", FolderTree.folders(images()))
              + "), or a share of one, such as train:0-90");
    }
    List<SampleFiles> samples = new ArrayList<>();
    for (Path image : FolderTree.files(source(list), CITY_DEPTH)) {
      String file = image.getFileName().toString();
      if (file.endsWith(IMAGE)) {
        String name = file.substring(0, file.length() - IMAGE.length());
        samples.add(new SampleFiles(name, image, labels(list, image, name)));
      }
    }
    if (samples.isEmpty()) {
      throw new IllegalArgumentException(
          source(list) + ": expected files CITY/NAME" + IMAGE + ", got none; unpack leftImg8bit");
    }
    return samples;
  }

  private Path labels(String list, Path image, String name) {
    Path folder = labels().resolve(list).resolve(source(list).relativize(image)).getParent();
    Path ids = folder.resolve(name + IDS);
    Path trainIds = folder.resolve(name + TRAIN_IDS);
    if (Files.isRegularFile(ids)) {
      return ids;
    }
    if (Files.isRegularFile(trainIds)) {
      return trainIds;
    }
    throw new IllegalArgumentException(
        ids + ": expected the labels of " + image + ", got nothing; unpack gtFine");
  }

  /** Ids to train ids; what is not trained becomes void. */
  @Override
  public void toClasses(Path file, byte[] labels) {
    if (file.getFileName().toString().endsWith(TRAIN_IDS)) {
      return;
    }
    for (int i = 0; i < labels.length; i++) {
      int id = labels[i] & 0xFF;
      // The licence plate's id is -1, which a byte holds as 255.
      if (id > LARGEST_ID && id != 255) {
        throw new IllegalArgumentException(
            file
                + ": expected ids of Cityscapes, 0 to "
                + LARGEST_ID
                + ", got "
                + id
                + "; restore the file");
      }
      labels[i] = TRAIN_ID[id];
    }
  }
}
