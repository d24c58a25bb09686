package org.autoloss.plot;

import java.awt.AWTError;
import java.awt.Graphics2D;
import java.awt.geom.AffineTransform;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.autoloss.internal.AtomicFiles;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.style.XYStyler;

/** Charts in rows, as one picture for a file. */
public final class Picture {
  private static final String VECTOR = ".svg";
  private static final String RASTER = ".png";
  private static final int SMALLEST = 100;
  private static final int LARGEST = 10_000;

  private final List<List<Chart<?, ?>>> rows;
  private final int width;
  private final int height;

  Picture(List<List<Chart<?, ?>>> rows, int width, int height) {
    this.rows = rows;
    this.width = width;
    this.height = height;
  }

  /**
   * The same picture in another size.
   *
   * @param newWidth in pixels, 100 to 10,000
   * @param newHeight in pixels, 100 to 10,000
   * @return a picture of the same charts
   * @throws IllegalArgumentException if a size is out of range
   */
  public Picture withSize(int newWidth, int newHeight) {
    checkSize("width", newWidth);
    checkSize("height", newHeight);
    return new Picture(rows, newWidth, newHeight);
  }

  /**
   * The width.
   *
   * @return in pixels
   */
  public int width() {
    return width;
  }

  /**
   * The height.
   *
   * @return in pixels
   */
  public int height() {
    return height;
  }

  /**
   * Writes the picture, whole or not at all.
   *
   * @param file ends in {@code .png} or {@code .svg}; replaced if it exists
   * @throws IllegalArgumentException if it ends otherwise
   * @throws IOException if it cannot be written
   * @throws IllegalStateException if this machine has no fonts to draw with
   */
  public void write(Path file) throws IOException {
    requireName(file);
    boolean vector = hasEnding(file, VECTOR);
    AtomicFiles.write(file, draw(vector));
  }

  /**
   * Says whether a file's name is one of a picture.
   *
   * @param file ends in {@code .png} or {@code .svg}
   * @throws IllegalArgumentException if it ends otherwise
   */
  public static void requireName(Path file) {
    if (!hasEnding(file, VECTOR) && !hasEnding(file, RASTER)) {
      throw new IllegalArgumentException(
          file + ": expected a name that ends in .png or .svg, got another");
    }
  }

  private static boolean hasEnding(Path file, String ending) {
    return file.toString().toLowerCase(Locale.ROOT).endsWith(ending);
  }

  /**
   * The picture as SVG.
   *
   * @return the file's bytes
   * @throws IllegalStateException if this machine has no fonts to draw with
   */
  public byte[] toSvg() {
    try {
      return draw(true);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // it stays in memory
    }
  }

  /**
   * What its charts show.
   *
   * @return their titles, separated by semicolons
   */
  public String title() {
    return rows.stream()
        .flatMap(List::stream)
        .map(Chart::getTitle)
        .collect(Collectors.joining("; "));
  }

  /**
   * Each chart as a picture of its own.
   *
   * @return as many pictures as there are charts, row by row
   */
  public List<Picture> charts() {
    int columns = rows.stream().mapToInt(List::size).max().orElseThrow();
    return rows.stream()
        .flatMap(List::stream)
        .map(chart -> new Picture(List.of(List.of(chart)), width / columns, height / rows.size()))
        .toList();
  }

  private byte[] draw(boolean vector) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      Grid grid = new Grid(rows, width, height);
      if (vector) {
        VectorGraphicsEncoder.saveVectorGraphic(
            grid, out, VectorGraphicsEncoder.VectorGraphicsFormat.SVG);
      } else {
        BitmapEncoder.saveBitmap(grid, out, BitmapEncoder.BitmapFormat.PNG);
      }
    } catch (LinkageError | InternalError | AWTError e) {
      throw withoutFonts(e);
    } catch (RuntimeException e) {
      // How Java 17 and later say that fontconfig found no font.
      throw e.getMessage() != null && e.getMessage().contains("Fontconfig") ? withoutFonts(e) : e;
    }
    return out.toByteArray();
  }

  private static IllegalStateException withoutFonts(Throwable cause) {
    return new IllegalStateException(
        "fonts: expected fontconfig, freetype and a font to draw text with, got "
            + cause
            + "; on Debian or Ubuntu: apt-get install libfontconfig1 libfreetype6"
            + " fonts-dejavu-core",
        cause);
  }

  private static void checkSize(String name, int got) {
    if (got < SMALLEST || got > LARGEST) {
      throw new IllegalArgumentException(
          name + ": expected " + SMALLEST + " to " + LARGEST + " pixels, got " + got);
    }
  }

  /** All charts as one, so that XChart's encoders write them into one file. */
  private static final class Grid extends Chart<XYStyler, XYSeries> {
    private final List<List<Chart<?, ?>>> rows;

    Grid(List<List<Chart<?, ?>>> rows, int width, int height) {
      super(width, height, new XYStyler());
      this.rows = rows;
    }

    @Override
    public void paint(Graphics2D graphics, int width, int height) {
      int columns = rows.stream().mapToInt(List::size).max().orElseThrow();
      graphics.setColor(Style.BACKGROUND);
      graphics.fillRect(0, 0, width, height);
      for (int row = 0; row < rows.size(); row++) {
        for (int column = 0; column < rows.get(row).size(); column++) {
          AffineTransform before = graphics.getTransform();
          graphics.translate(column * width / columns, row * height / rows.size());
          Chart<?, ?> chart = rows.get(row).get(column);
          Style.fitTitle(chart, graphics, width / columns);
          chart.paint(graphics, width / columns, height / rows.size());
          graphics.setTransform(before);
        }
      }
    }
  }
}
