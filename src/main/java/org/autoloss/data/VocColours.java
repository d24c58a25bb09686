package org.autoloss.data;

import java.awt.image.IndexColorModel;
import java.util.List;

/** The colours and class names of PASCAL VOC. */
final class VocColours {
  /** The classes of VOC 2007 to 2012, in the order of their indices. */
  static final List<String> CLASSES =
      List.of(
          "background",
          "aeroplane",
          "bicycle",
          "bird",
          "boat",
          "bottle",
          "bus",
          "car",
          "cat",
          "chair",
          "cow",
          "diningtable",
          "dog",
          "horse",
          "motorbike",
          "person",
          "pottedplant",
          "sheep",
          "sofa",
          "train",
          "tvmonitor");

  private VocColours() {}

  /**
   * VOC's colour map: bits 0, 1, 2 of the class index become the highest bits of red, green, blue,
   * the next three bits the second highest, and so on.
   *
   * @return 256 colours
   */
  static IndexColorModel palette() {
    byte[][] channels = new byte[3][256];
    for (int index = 0; index < 256; index++) {
      for (int bit = 0; bit < 8; bit++) {
        channels[bit % 3][index] |= (byte) ((index >> bit & 1) << (7 - bit / 3));
      }
    }
    return new IndexColorModel(8, 256, channels[0], channels[1], channels[2]);
  }
}
