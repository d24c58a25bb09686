package org.autoloss.nn;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names that MobileNetV2 has in mmsegmentation and mmpretrain, for those of torchvision. There
 * the groups of the paper's table are layers of their own, and each convolution is a module with
 * its norm:
 *
 * <table>
 * <caption>names</caption>
 * <tr><th>torchvision</th><th>mmsegmentation</th></tr>
 * <tr><td>{@code features.0.0}, {@code .0.1}</td><td>{@code conv1.conv}, {@code .bn}</td></tr>
 * <tr><td>{@code features.1.conv.0.0}, {@code .0.1}, {@code .1}, {@code .2}</td>
 *     <td>{@code layer1.0.conv.0.conv}, {@code .0.bn}, {@code .1.conv}, {@code .1.bn}</td></tr>
 * <tr><td>{@code features.3.conv.1.1}, {@code .2}, {@code .3}</td>
 *     <td>{@code layer2.1.conv.1.bn}, {@code .2.conv}, {@code .2.bn}</td></tr>
 * <tr><td>{@code features.18.0}</td><td>{@code conv2.conv}, in mmpretrain alone</td></tr>
 * </table>
 */
final class MobileNames {
  private static final Pattern OURS =
      Pattern.compile(
          "(?:backbone\\.)?(?:features|body)\\.(\\d+)\\.(conv\\.)?(\\d)\\.(?:(\\d)\\.)?(\\w+)");

  // Blocks of each layer.
  private static final int[] LAYERS = {1, 2, 3, 4, 3, 3, 1};
  private static final String[] PARTS = {".conv.", ".bn."};

  private MobileNames() {}

  /** Without what stands before a backbone's names; empty if it is no name of MobileNetV2. */
  static Optional<String> of(String ours) {
    Matcher name = OURS.matcher(ours);
    if (!name.matches()) {
      return Optional.empty();
    }
    int block = Integer.parseInt(name.group(1));
    int first = Integer.parseInt(name.group(3));
    String leaf = name.group(5);
    if (name.group(2) == null) {
      return stem(block, first).map(module -> module + leaf);
    }
    // The last convolution and its norm have no module of their own in torchvision.
    int last = block == 1 ? 1 : 2;
    int module = Math.min(first, last);
    int part = name.group(4) == null ? first - module : Integer.parseInt(name.group(4));
    return part > 1
        ? Optional.empty()
        : layer(block).map(at -> at + ".conv." + module + PARTS[part] + leaf);
  }

  private static Optional<String> stem(int block, int part) {
    boolean known = (block == 0 || block == 18) && part <= 1;
    return known ? Optional.of((block == 0 ? "conv1" : "conv2") + PARTS[part]) : Optional.empty();
  }

  private static Optional<String> layer(int block) {
    int before = 1;
    for (int i = 0; i < LAYERS.length; i++) {
      if (block >= before && block < before + LAYERS[i]) {
        return Optional.of("layer" + (i + 1) + "." + (block - before));
      }
      before += LAYERS[i];
    }
    return Optional.empty();
  }
}
