package org.autoloss.data;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.stream.Stream;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.autoloss.data.coco.CocoCategory;
import org.autoloss.data.coco.CocoFile;
import org.autoloss.data.coco.CocoImage;
import org.autoloss.internal.Excerpt;
import org.autoloss.internal.InputFiles;
import org.autoloss.metric.detection.Box;
import org.autoloss.metric.detection.GroundTruth;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.SAXException;

/**
 * Opens data sets of boxes in PASCAL VOC's layout:
 *
 * <pre>
 * ROOT/ImageSets/Main/SPLIT.txt   one NAME a line
 * ROOT/Annotations/NAME.xml       its objects
 * ROOT/JPEGImages/FILE            the image that the XML names, or NAME.jpg or NAME.png; ROOT/images
 *                                 where there is no JPEGImages
 * ROOT/classes.txt                one class name a line; without it, the names in all annotations,
 *                                 in the order of the alphabet
 * </pre>
 *
 * VOC's corners are whole pixels, counted from 1, and belong to the box: x = xmin - 1, width = xmax
 * - xmin + 1. An object that is {@code difficult} is to be ignored.
 */
public final class VocObjects {
  private static final int LONGEST = 16 << 20;
  private static final String EXPECTED = "PASCAL VOC annotations (XML)";

  private final Path root;
  private final List<CocoImage> images = new ArrayList<>();
  private final List<GroundTruth> objects = new ArrayList<>();
  private final List<String> classes;

  private VocObjects(Path root) {
    this.root = root;
    classes = classes();
  }

  /**
   * Opens a split.
   *
   * @param root the folder that holds Annotations and ImageSets
   * @param split the list's name
   * @return the data set; its images are numbered from 1 in the list's order, its categories in
   *     that of the labels
   * @throws IllegalArgumentException if a list, an annotation or an image is missing or damaged
   */
  public static ObjectDataset open(Path root, String split) {
    return new VocObjects(root).read(split);
  }

  private ObjectDataset read(String split) {
    Path list = root.resolve("ImageSets").resolve("Main").resolve(split + VocFolders.LIST);
    if (!VocFolders.isPlain(split)) {
      throw new IllegalArgumentException(
          "split: expected the name of a list, got \"" + Excerpt.of(split) + "\"");
    }
    Path folder = root.resolve("JPEGImages");
    Path pictures = Files.isDirectory(folder) ? folder : root.resolve("images");
    for (String name : InputFiles.lines(list, "a list of names")) {
      if (!VocFolders.isPlain(name)) {
        throw new IllegalArgumentException(
            list + ": expected names of files without ending, got '" + Excerpt.of(name) + "'");
      }
      add(name, pictures);
    }
    List<CocoCategory> categories = new ArrayList<>();
    for (String name : classes) {
      categories.add(new CocoCategory(categories.size() + 1, name, List.of(), List.of()));
    }
    CocoFile content =
        new CocoFile(List.copyOf(images), List.copyOf(categories), List.copyOf(objects), 0);
    return new AnnotatedImages(pictures, content, list);
  }

  private List<String> classes() {
    Path file = root.resolve("classes.txt");
    if (Files.exists(file)) {
      return InputFiles.lines(file, "a list of class names");
    }
    TreeSet<String> names = new TreeSet<>();
    try (Stream<Path> files = Files.list(root.resolve("Annotations"))) {
      for (Path each : files.filter(path -> path.toString().endsWith(".xml")).toList()) {
        for (Element object : children(parse(each), "object")) {
          names.add(text(each, object, "name"));
        }
      }
    } catch (IOException e) {
      throw new IllegalArgumentException(
          root.resolve("Annotations") + ": expected a folder of annotations, got nothing", e);
    }
    return List.copyOf(names);
  }

  private void add(String name, Path pictures) {
    Path file = root.resolve("Annotations").resolve(name + ".xml");
    Element annotation = parse(file);
    List<Element> size = children(annotation, "size");
    int width = size.isEmpty() ? -1 : (int) number(file, size.get(0), "width");
    int height = size.isEmpty() ? -1 : (int) number(file, size.get(0), "height");
    long id = images.size() + 1L;
    images.add(new CocoImage(id, picture(name, annotation, pictures), width, height));
    for (Element object : children(annotation, "object")) {
      String label = text(file, object, "name");
      int category = classes.indexOf(label) + 1;
      if (category == 0) {
        throw new IllegalArgumentException(
            file
                + ": expected a class of "
                + root.resolve("classes.txt")
                + ", got '"
                + Excerpt.of(label)
                + "'");
      }
      List<Element> difficult = children(object, "difficult");
      boolean ignored =
          !difficult.isEmpty() && difficult.get(0).getTextContent().strip().equals("1");
      Box box = box(file, object);
      objects.add(
          new GroundTruth(
              objects.size() + 1L, id, category, box, box.area(), false, ignored, null, null));
    }
  }

  private static String picture(String name, Element annotation, Path pictures) {
    List<Element> named = children(annotation, "filename");
    String file = named.isEmpty() ? "" : named.get(0).getTextContent().strip();
    for (String each : List.of(file, name + ".jpg", name + ".png")) {
      if (VocFolders.isPlain(each) && Files.isRegularFile(pictures.resolve(each))) {
        return each;
      }
    }
    return name + ".jpg";
  }

  private static Box box(Path file, Element object) {
    List<Element> boxes = children(object, "bndbox");
    if (boxes.isEmpty()) {
      throw refused(file, "an object without 'bndbox'");
    }
    double[] sides = new double[4];
    String[] names = {"xmin", "ymin", "xmax", "ymax"};
    for (int i = 0; i < sides.length; i++) {
      sides[i] = number(file, boxes.get(0), names[i]);
    }
    if (!(sides[2] >= sides[0] && sides[3] >= sides[1])) {
      throw refused(
          file,
          String.format(
              Locale.ROOT, "a box from %s,%s to %s,%s", sides[0], sides[1], sides[2], sides[3]));
    }
    return new Box(sides[0] - 1, sides[1] - 1, sides[2] - sides[0] + 1, sides[3] - sides[1] + 1);
  }

  private static Element parse(Path file) {
    byte[] bytes = InputFiles.bytes(file, EXPECTED, LONGEST);
    try {
      Element annotation = builder().parse(new ByteArrayInputStream(bytes)).getDocumentElement();
      if (!annotation.getTagName().equals("annotation")) {
        throw refused(file, "<" + Excerpt.of(annotation.getTagName()) + ">");
      }
      return annotation;
    } catch (SAXException | IOException e) {
      throw new IllegalArgumentException(
          file + ": expected " + EXPECTED + ", got " + Excerpt.of(String.valueOf(e.getMessage())),
          e);
    }
  }

  // Nothing that an annotation says makes the parser read another file.
  private static DocumentBuilder builder() {
    try {
      DocumentBuilderFactory factory = DocumentBuilderFactory.newDefaultInstance();
      factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
      factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
      DocumentBuilder builder = factory.newDocumentBuilder();
      builder.setErrorHandler(null); // it would print
      return builder;
    } catch (ParserConfigurationException e) {
      throw new IllegalStateException("the JDK's XML parser has no secure mode", e);
    }
  }

  private static List<Element> children(Element parent, String name) {
    List<Element> children = new ArrayList<>();
    for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
      if (node instanceof Element element && element.getTagName().equals(name)) {
        children.add(element);
      }
    }
    return children;
  }

  private static String text(Path file, Element parent, String name) {
    List<Element> found = children(parent, name);
    String text = found.isEmpty() ? "" : found.get(0).getTextContent().strip();
    if (text.isEmpty()) {
      throw refused(file, "<" + parent.getTagName() + "> without '" + name + "'");
    }
    return text;
  }

  private static double number(Path file, Element parent, String name) {
    String text = text(file, parent, name);
    try {
      double value = Double.parseDouble(text);
      if (Math.abs(value) <= 1e6) {
        return value;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw refused(file, "'" + Excerpt.of(text) + "' for " + name);
  }

  private static IllegalArgumentException refused(Path file, String got) {
    return new IllegalArgumentException(file + ": expected " + EXPECTED + ", got " + got);
  }
}
