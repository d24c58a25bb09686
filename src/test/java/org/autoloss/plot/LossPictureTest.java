package org.autoloss.plot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.autoloss.loss.Loss;
import org.autoloss.loss.LossInput;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Element;
import org.xml.sax.InputSource;

class LossPictureTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "asl:mIoU,1500,440",
    "asl:gAcc,1000,440",
    "asl:BF1,1500,440",
    "0.5*asl:mAcc+0.5*asl:BIoU,1500,880",
    "0.5*ce+asl:mIoU,1500,880",
    "'expr:neg(mul(y,log(yhat)))',1000,440"
  })
  void write_png_hasARowForEachSurrogate(String specification, int width, int height)
      throws IOException {
    BufferedImage image = ImageIO.read(draw(specification, "loss.png").toFile());
    assertThat(image.getWidth()).isEqualTo(width);
    assertThat(image.getHeight()).isEqualTo(height);
    assertThat(colours(image)).hasSizeGreaterThan(20); // text, lines: not one empty plane
  }

  @Test
  void write_surrogate_showsItsCurvesAndBands() throws IOException {
    Set<Integer> colours = colours(ImageIO.read(draw("asl:mIoU", "loss.png").toFile()));
    assertThat(colours).contains(rgb(Style.COLOURS.get(0)), rgb(Style.COLOURS.get(1)));
    for (Color band : Style.RANGE) {
      assertThat(colours).contains(rgb(band));
    }
  }

  @Test
  void write_svg_isDrawnInTheSameColours() throws Exception {
    Path file = draw("asl:mIoU", "loss.svg");
    // Parsed from a string without its DOCTYPE: that names a page that the parser would fetch.
    String text = Files.readString(file).replaceFirst("<!DOCTYPE[^>]*>", "");
    Element svg =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new InputSource(new StringReader(text)))
            .getDocumentElement();
    assertThat(svg.getAttribute("width")).isEqualTo("1500px");
    for (Color band : Style.RANGE) {
      String fill = "fill:rgb(%d,%d,%d)".formatted(band.getRed(), band.getGreen(), band.getBlue());
      assertThat(text.contains(fill)).as(fill).isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource({"asl:BF1,1500", "0.125*asl:BF1,1500", "asl:BF1,900"})
  void write_longTitles_stayWithinTheirCharts(String specification, int width) throws IOException {
    Path file = folder.resolve("loss.png");
    try (Loss loss = Loss.parse(specification)) {
      LossPicture.of(loss).withSize(width, 440).write(file);
    }
    BufferedImage image = ImageIO.read(file.toFile());
    int chart = width / 3;
    for (int y = 0; y < 36; y++) { // the title's line
      for (int x = 0; x < width; x++) {
        boolean edge = x % chart < 6 || x % chart >= chart - 6;
        assertThat(!edge || (image.getRGB(x, y) & 0xffffff) == rgb(Style.BACKGROUND))
            .as("nothing at %d, %d", x, y)
            .isTrue();
      }
    }
  }

  @Test
  void write_otherEnding_isRefused() {
    assertThatThrownBy(() -> draw("ce", "loss.gif"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageEndingWith("loss.gif: expected a name that ends in .png or .svg, got another");
  }

  @ParameterizedTest
  @ValueSource(ints = {99, 10_001, -1})
  void withSize_outOfRange_isRefused(int width) {
    try (Loss loss = Loss.parse("ce")) {
      Picture picture = LossPicture.of(loss);
      assertThatThrownBy(() -> picture.withSize(width, 500))
          .hasMessage("width: expected 100 to 10000 pixels, got " + width);
    }
  }

  @Test
  void lossResponse_crossEntropy_isItsFormula() {
    try (Loss loss = Loss.parse("ce")) {
      LossResponse response = LossResponse.of(loss);
      for (int i = 0; i < response.probability().length; i++) {
        double p = response.probability()[i];
        assertThat(response.value()[i]).isCloseTo(-Math.log(p), within(1e-5)); // float32
        assertThat(response.push()[i]).isCloseTo(1 - p, within(1e-5));
      }
    }
  }

  @Test
  void lossResponse_squaredErrorOfHeatMaps_isItsFormula() {
    try (Loss loss = Loss.parse("mse", LossInput.HEATMAP)) {
      LossResponse response = LossResponse.of(loss);
      double first = response.value()[0] / Math.pow(1 - response.probability()[0], 2);
      for (int i = 0; i < response.probability().length; i++) {
        double p = response.probability()[i];
        assertThat(response.value()[i]).isCloseTo(first * (1 - p) * (1 - p), within(1e-7));
        assertThat(response.push()[i]).isCloseTo(2 * first * (1 - p), within(1e-7)); // float32
      }
      assertThat(response.charts().get(1).getTitle()).contains("bump");
    }
  }

  private Path draw(String specification, String name) throws IOException {
    Path file = folder.resolve(name);
    try (Loss loss = Loss.parse(specification)) {
      LossPicture.of(loss).write(file);
    }
    return file;
  }

  private static Set<Integer> colours(BufferedImage image) {
    Set<Integer> colours = new HashSet<>();
    IntStream.range(0, image.getHeight())
        .forEach(
            y ->
                IntStream.range(0, image.getWidth())
                    .forEach(x -> colours.add(image.getRGB(x, y) & 0xffffff)));
    return colours;
  }

  private static int rgb(Color colour) {
    return colour.getRGB() & 0xffffff;
  }
}
