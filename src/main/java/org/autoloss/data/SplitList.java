package org.autoloss.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.autoloss.internal.Excerpt;
import org.autoloss.internal.InputFiles;

/** Reads the list of a split, and says what is wrong with it or with the files that it names. */
final class SplitList {
  private static final int SHOWN = 8;
  private static final Pattern PAIR =
      Pattern.compile(
          "/JPEGImages/([^/\\s]+)\\.(?:jpg|png)\\s+/SegmentationClass(?:Aug)?/\\1\\.png");

  private final VocFolders folders;
  private final Path list;

  private SplitList(VocFolders folders, Path list) {
    this.folders = folders;
    this.list = list;
  }

  /**
   * The names in a list, whose images and labels are all there.
   *
   * @throws IllegalArgumentException if the list, an image or a label file is missing, or the list
   *     is empty or holds a bad name
   */
  static List<String> read(VocFolders folders, String split) {
    if (!VocFolders.isPlain(split)) {
      throw new IllegalArgumentException(
          "split: expected the name of a list in "
              + folders.lists()
              + ", got \""
              + Excerpt.of(split)
              + "\"");
    }
    SplitList list = new SplitList(folders, folders.list(split));
    List<String> names = list.names();
    for (String name : names) {
      list.requireFile(folders.image(name), "an image");
      list.requireFile(folders.label(name), "labels");
    }
    return names;
  }

  private List<String> names() {
    if (!Files.exists(list)) {
      throw new IllegalArgumentException(
          list + ": expected a list of names, got nothing; " + lists());
    }
    List<String> names =
        InputFiles.lines(list, "a list of names").stream().map(SplitList::name).toList();
    if (names.isEmpty()) {
      throw new IllegalArgumentException(
          list + ": expected at least one name, got an empty list; fill it or take another split");
    }
    for (int i = 0; i < names.size(); i++) {
      if (!VocFolders.isPlain(names.get(i))) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "%s: line %d: expected a file name without folder and extension, got \"%s\"",
                list,
                i + 1,
                Excerpt.of(names.get(i))));
      }
    }
    return names;
  }

  /** Some lists of "trainaug" have the paths of image and labels in each line. */
  private static String name(String line) {
    Matcher pair = PAIR.matcher(line);
    return pair.matches() ? pair.group(1) : line;
  }

  private String lists() {
    List<String> there =
        names(folders.lists()).stream()
            .filter(name -> name.endsWith(VocFolders.LIST))
            .map(name -> name.substring(0, name.length() - VocFolders.LIST.length()))
            .toList();
    return there.isEmpty()
        ? "write it, with one name a line"
        : "take a list that is there (" + some(there) + "), or write it";
  }

  private void requireFile(Path file, String what) {
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: expected %s, as %s names it, got %s; %s",
              file.resolveSibling(Excerpt.of(file.getFileName().toString())),
              what,
              list,
              Files.isDirectory(file) ? "a folder" : "nothing",
              remedy(file)));
    }
  }

  /** What to do about a missing file, by what lies beside it. */
  private static String remedy(Path file) {
    String wanted = file.getFileName().toString();
    String name = stem(wanted);
    String ending = wanted.substring(name.length());
    if (Files.isRegularFile(file.resolveSibling(name))) {
      return "names stand in the list without " + ending;
    }
    List<String> alike =
        names(file.getParent()).stream()
            .filter(other -> !other.equals(wanted) && stem(other).equalsIgnoreCase(name))
            .toList();
    if (alike.isEmpty()) {
      return "restore the file, or take its name out of the list";
    }
    boolean sameFormat = alike.stream().anyMatch(other -> format(other).equals(format(wanted)));
    return "there is "
        + some(alike)
        + (sameFormat ? "; rename it" : "; convert it to " + format(wanted) + ", and name it so");
  }

  private static String stem(String file) {
    int dot = file.lastIndexOf('.');
    return dot < 0 ? file : file.substring(0, dot);
  }

  /** By a file's name: PNG, JPEG or whatever it ends in. */
  private static String format(String file) {
    String ending = file.substring(stem(file).length()).toUpperCase(Locale.ROOT);
    return ending.equals(".JPG") ? "JPEG" : ending.replace(".", "");
  }

  private static String some(List<String> names) {
    String shown = String.join(", ", names.subList(0, Math.min(SHOWN, names.size())));
    return Excerpt.of(shown + (names.size() > SHOWN ? ", ..." : ""));
  }

  private static List<String> names(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    } catch (IOException | UncheckedIOException e) {
      return List.of(); // the message then says less
    }
  }
}
