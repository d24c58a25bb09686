package org.autoloss.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataFormatTest {
  @TempDir private Path root;

  /** Two cities with an image each, whose labels hold the ids 0 to 33 and 255. */
  static void cityscapes(Path root, String list, String... cities) throws IOException {
    for (String city : cities) {
      String name = city + "_000000_000019";
      Path image = root.resolve("leftImg8bit").resolve(list).resolve(city);
      Path labels = root.resolve("gtFine").resolve(list).resolve(city);
      Files.createDirectories(image);
      Files.createDirectories(labels);
      write(image.resolve(name + "_leftImg8bit.png"), BufferedImage.TYPE_3BYTE_BGR);
      write(labels.resolve(name + "_gtFine_labelIds.png"), BufferedImage.TYPE_BYTE_GRAY);
    }
  }

  /** 7 x 5 pixels whose values count up; the last one is 255. */
  private static void write(Path file, int type) throws IOException {
    BufferedImage image = new BufferedImage(7, 5, type);
    for (int i = 0; i < 35; i++) {
      for (int band = 0; band < image.getRaster().getNumBands(); band++) {
        image.getRaster().setSample(i % 7, i / 7, band, i == 34 ? 255 : i);
      }
    }
    Files.createDirectories(file.getParent());
    ImageIO.write(image, "png", file.toFile());
  }

  private static void writeLabels(Path file) throws IOException {
    Files.createDirectories(file.getParent());
    VocFixture.writePng(file, BufferedImage.TYPE_BYTE_GRAY, 7, 5, 1);
  }

  @Test
  void cityscapes_ids_becomeThe19TrainIds() throws IOException {
    cityscapes(root, "train", "aachen", "bochum");
    assertThat(DataFormat.in(root)).isEqualTo(DataFormat.CITYSCAPES);
    FileDataset dataset = DataFormat.CITYSCAPES.open(root, "train");
    assertThat(dataset.names()).containsExactly("aachen_000000_000019", "bochum_000000_000019");
    assertThat(dataset.classes()).hasSize(19).startsWith("road", "sidewalk").endsWith("bicycle");
    // From Cityscapes' own table: the ids of the train ids 0 to 18.
    List<Integer> ids =
        List.of(7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33);
    byte[] labels = dataset.get(0).labels();
    for (int id = 0; id < 35; id++) {
      assertThat(labels[id] & 0xFF)
          .as("id %d", id)
          .isEqualTo(ids.contains(id) ? ids.indexOf(id) : 255);
    }
    assertThat(dataset.get(0).rgb()).startsWith(0, 0, 0, 1, 1, 1);
    assertThat(dataset.labelCounts().pixels()).allMatch(count -> count == 2);
    assertThat(dataset.labelCounts().ignored()).isEqualTo(2 * 16);
  }

  @Test
  void cityscapes_trainIdsAlone_areTakenAsTheyAre() throws IOException {
    cityscapes(root, "val", "aachen");
    Path folder = root.resolve("gtFine/val/aachen");
    Files.delete(folder.resolve("aachen_000000_000019_gtFine_labelIds.png"));
    writeLabels(folder.resolve("aachen_000000_000019_gtFine_labelTrainIds.png"));
    assertThat(DataFormat.CITYSCAPES.open(root, "val").get(0).labels()).containsOnly(1);
  }

  @Test
  void cityscapes_whatIsMissing_isNamed() throws IOException {
    cityscapes(root, "train", "aachen");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DataFormat.CITYSCAPES.open(root, "warm"))
        .withMessageContaining("take a list that is there (train)");
    Files.delete(root.resolve("gtFine/train/aachen/aachen_000000_000019_gtFine_labelIds.png"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DataFormat.CITYSCAPES.open(root, "train"))
        .withMessageEndingWith("got nothing; unpack gtFine");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DataFormat.CITYSCAPES.open(root.resolve("no"), "train"))
        .withMessageContaining("give the folder that holds leftImg8bit and gtFine");
  }

  @Test
  void cityscapes_unknownId_isNamed() throws IOException {
    cityscapes(root, "train", "aachen");
    Path file = root.resolve("gtFine/train/aachen/aachen_000000_000019_gtFine_labelIds.png");
    VocFixture.writePng(file, BufferedImage.TYPE_BYTE_GRAY, 7, 5, 77);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DataFormat.CITYSCAPES.open(root, "train").get(0))
        .withMessageContaining("expected ids of Cityscapes, 0 to 33, got 77");
  }

  private void folders() throws IOException {
    Files.createDirectories(root.resolve("masks"));
    Files.writeString(root.resolve("classes.txt"), "background\nthing\n");
    for (String name : List.of("a.png", "b.JPG", "sub/c.jpeg")) {
      String stem = name.substring(0, name.lastIndexOf('.'));
      Path image = root.resolve("images").resolve(name);
      write(image, BufferedImage.TYPE_3BYTE_BGR);
      if (!name.endsWith("png")) {
        ImageIO.write(new BufferedImage(7, 5, BufferedImage.TYPE_3BYTE_BGR), "jpg", image.toFile());
      }
      writeLabels(root.resolve("masks").resolve(stem + ".png"));
    }
  }

  @Test
  void folders_allFoldersAndLists_areSplits() throws IOException {
    folders();
    Files.writeString(root.resolve("few.txt"), "sub/c\na\n");
    assertThat(DataFormat.in(root)).isEqualTo(DataFormat.FOLDERS);
    assertThat(DataFormat.FOLDERS.open(root, "all").names()).containsExactly("a", "b", "sub/c");
    assertThat(DataFormat.FOLDERS.open(root, "sub").names()).containsExactly("sub/c");
    FileDataset few = DataFormat.FOLDERS.open(root, "few");
    assertThat(few.names()).containsExactly("sub/c", "a");
    assertThat(few.get(0).labels()).containsOnly(1);
  }

  @Test
  void folders_whatIsWrong_isNamed() throws IOException {
    folders();
    assertRefused("other", "split: expected", "or all, got \"other\"");
    assertRefused("../x", "split: expected", "got \"../x\"");
    Files.writeString(root.resolve("bad.txt"), "a\nz\n");
    assertRefused("bad", "bad.txt", "got \"z\"");
    Files.delete(root.resolve("masks/b.png"));
    assertRefused("all", "b.png: expected the mask of", "restore the mask");
    Files.delete(root.resolve("classes.txt"));
    assertRefused("sub", "classes.txt", "write it, with one name a line");
    write(root.resolve("images/sub/c.png"), BufferedImage.TYPE_3BYTE_BGR);
    assertRefused("sub", "expected one image of a name", "rename one");
  }

  private void assertRefused(String split, String... parts) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DataFormat.FOLDERS.open(root, split))
        .satisfies(e -> assertThat(e.getMessage()).contains(parts));
  }

  @Test
  void voc_pngImagesAndAugmentedLabels_areFound() throws IOException {
    VocFixture files = VocFixture.in(root);
    Files.delete(files.image("a"));
    VocFixture.writePng(
        files.image("a").resolveSibling("a.png"), BufferedImage.TYPE_4BYTE_ABGR, 40, 30, 9);
    Path more = Files.createDirectories(root.resolve("SegmentationClassAug"));
    Files.move(files.label("b"), more.resolve("b.png"));
    Files.writeString(files.list(), "a\n");
    Files.writeString(
        files.list().resolveSibling("aug.txt"), "/JPEGImages/b.jpg /SegmentationClassAug/b.png\n");
    assertThat(DataFormat.in(root)).isEqualTo(DataFormat.VOC);
    FileDataset dataset = DataFormat.VOC.open(root, "train+aug");
    assertThat(dataset.names()).containsExactly("a", "b");
    assertThat(dataset.get(0).rgb()).containsOnly(9);
    assertThat(dataset.get(1).labels()).isEqualTo(VocFixture.sample("b", 2).labels());
  }

  @Test
  void images_palettesAndGreys_becomeColours() throws IOException {
    Path file = root.resolve("x.png");
    BufferedImage palette = new BufferedImage(7, 5, BufferedImage.TYPE_BYTE_INDEXED);
    palette.setRGB(3, 2, 0xFF0000);
    ImageIO.write(palette, "png", file.toFile());
    byte[] rgb = ImageFiles.readImage(file).bytes();
    assertThat(rgb[3 * (2 * 7 + 3)] & 0xFF).isEqualTo(255);
    assertThat(rgb[3 * (2 * 7 + 3) + 1]).isZero();
    write(file, BufferedImage.TYPE_BYTE_GRAY);
    assertThat(ImageFiles.readImage(file).bytes()).startsWith(0, 0, 0, 1, 1, 1);
    VocFixture.writePng(file, BufferedImage.TYPE_USHORT_GRAY, 7, 5, 300);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ImageFiles.readImage(file))
        .withMessageContaining("8 bits a channel, got one of 16");
  }

  @Test
  void shares_ofAList_arePartsWithoutCommonSamples() throws IOException {
    List<String> names = new ArrayList<>();
    VocWriter writer = new VocWriter(root, VocFixture.CLASSES);
    for (int i = 0; i < 30; i++) {
      names.add("n" + i);
      writer.write(VocFixture.sample("n" + i, i));
    }
    writer.writeSplit("train", names);
    List<String> most = DataFormat.VOC.open(root, "train:0-80").names();
    List<String> rest = DataFormat.VOC.open(root, "train:80-100").names();
    assertThat(most).hasSize(24).isSubsetOf(names).isNotEqualTo(names.subList(0, 24));
    Set<String> both = new HashSet<>(most);
    both.addAll(rest);
    assertThat(both).hasSize(30);
    assertThat(DataFormat.VOC.open(root, "train:0-80").names()).isEqualTo(most);
    assertThat(DataFormat.VOC.open(root, "train:80-100+train:0-80").names())
        .containsExactlyInAnyOrderElementsOf(names);
    for (String bad : List.of("train:", "train:5", "train:9-3", "train:0-101", "train:0-1")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> DataFormat.VOC.open(root, bad))
          .withMessageStartingWith("split: expected");
    }
  }

  @Test
  void of_unknownName_listsTheFormats() {
    assertThat(DataFormat.of("Cityscapes")).isEqualTo(DataFormat.CITYSCAPES);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DataFormat.of("coco"))
        .withMessage("format: expected one of voc, cityscapes, folders, got 'coco'");
  }
}
