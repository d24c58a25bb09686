package org.autoloss.data;

import java.nio.file.Path;
import java.util.List;

/** How a data set lies in folders. */
interface Layout {
  /** The names of the classes, in the order of their indices. */
  List<String> classes();

  /**
   * The samples of one list, all of whose files are there.
   *
   * @throws IllegalArgumentException if the list or a file is missing, or the list is empty
   */
  List<SampleFiles> samples(String list);

  /** What names the samples of a list: a file or a folder. */
  Path source(String list);

  /** The folder of the labels. */
  Path labels();

  /** What to do about labels that are in no class. */
  String remedy();

  /** Brings the values in a label file, in place, to the classes' indices and 255. */
  default void toClasses(Path file, byte[] labels) {}
}
