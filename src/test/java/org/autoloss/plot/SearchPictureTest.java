package org.autoloss.plot;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SearchPictureTest {
  private static final int DIGIT = 9; // pixels of one in the font of 12, with some room
  private static final int GAP = 5; // digits of a number are nearer to each other

  @TempDir private Path folder;

  private record Run(int begin, int end) {
    int length() {
      return end - begin;
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 12, 96, 300, 2000, 12_345})
  void rewards_ofAnyNumberOfCandidates_haveNumbersThatDoNotTouch(int count) throws IOException {
    double[] rewards = IntStream.range(0, count).mapToDouble(i -> 0.3 + i % 7 * 0.01).toArray();
    Path file = folder.resolve("rewards.png");
    SearchPicture.rewards("mIoU", rewards).write(file);
    BufferedImage image = ImageIO.read(file.toFile());
    // From the bottom: the legend, the axis's title, its numbers.
    List<Run> lines =
        runs(
            image.getHeight(),
            1,
            y -> IntStream.range(0, image.getWidth()).anyMatch(x -> dark(image, x, y)));
    Run line = lines.get(lines.size() - 3);
    List<Run> numbers =
        runs(
            image.getWidth(),
            GAP,
            x -> IntStream.range(line.begin(), line.end()).anyMatch(y -> dark(image, x, y)));
    assertThat(line.length()).isBetween(6, 14);
    assertThat(numbers).hasSizeGreaterThan(1);
    int digits = Integer.toString(count).length() + 1; // the axis may end at a longer number
    assertThat(numbers)
        .allSatisfy(number -> assertThat(number.length()).isLessThan(DIGIT * digits));
  }

  private static boolean dark(BufferedImage image, int x, int y) {
    Color colour = new Color(image.getRGB(x, y));
    return colour.getRed() + colour.getGreen() + colour.getBlue() < 3 * 150;
  }

  /** Where something is, parted by gaps of a length at least. */
  private static List<Run> runs(int length, int gap, IntPredicate there) {
    List<Run> runs = new ArrayList<>();
    for (int i = 0; i < length; i++) {
      if (there.test(i)) {
        Run last = runs.isEmpty() ? null : runs.get(runs.size() - 1);
        if (last != null && i - last.end() < gap) {
          runs.set(runs.size() - 1, new Run(last.begin(), i + 1));
        } else {
          runs.add(new Run(i, i + 1));
        }
      }
    }
    return runs;
  }
}
