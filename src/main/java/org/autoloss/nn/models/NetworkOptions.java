package org.autoloss.nn.models;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.autoloss.internal.Excerpt;
import org.autoloss.loss.LossOptions;
import org.autoloss.nn.Norm;

/**
 * What follows the colon of a network's specification: a backbone, then options.
 *
 * <pre>
 * argument = [ backbone ] { "," name "=" value }
 * </pre>
 *
 * @param backbone which, see {@link Backbones}
 * @param outputStride of the backbone's last level: 8, 16 or 32
 * @param channels of the head
 * @param auxiliary whether there is an auxiliary head
 * @param dropout share of values that are dropped before the logits
 * @param norm of the backbone
 * @param frozenStages stages of the backbone that keep their weights, the stem included: -1 for
 *     none, 0 for the stem alone
 */
record NetworkOptions(
    String backbone,
    int outputStride,
    int channels,
    boolean auxiliary,
    double dropout,
    Norm norm,
    int frozenStages) {
  private static final Set<Integer> STRIDES = Set.of(8, 16, 32);
  private static final int WIDEST = 4096;
  private static final int STAGES = 4;
  private static final double DROPOUT = 0.1;
  // Dilations of a DeepLab's branches are 1, 2 and 3 times this at stride 32.
  private static final int ATROUS_STEP = 3;

  /**
   * What a network has where its specification is silent.
   *
   * @param backbone which
   * @param outputStride of its last level
   * @param channels of the head
   * @param classifies whether pixels get classes: then there may be an auxiliary head and dropout
   */
  record Defaults(String backbone, int outputStride, int channels, boolean classifies) {}

  /**
   * Reads a specification's argument.
   *
   * @param network its name
   * @param argument what follows the colon
   * @param defaults for what is not said
   * @throws IllegalArgumentException if the backbone or an option is unknown, or out of range
   */
  static NetworkOptions parse(String network, String argument, Defaults defaults) {
    String first = argument.split(",", 2)[0].strip();
    boolean named = namesBackbone(argument);
    String rest = named ? argument.substring(argument.split(",", 2)[0].length()) : argument;
    LossOptions options =
        LossOptions.parse(network, rest.startsWith(",") ? rest.substring(1) : rest);
    NetworkOptions parsed =
        new NetworkOptions(
            named ? first : defaults.backbone(),
            options.whole("output_stride", defaults.outputStride()),
            options.whole("channels", defaults.channels()),
            defaults.classifies() && options.flag("auxiliary"),
            defaults.classifies() ? options.number("dropout", DROPOUT) : 0,
            options.choice("norm", "batch", "frozen") ? Norm.FROZEN : Norm.BATCH,
            options.whole("frozen_stages", -1));
    options.requireAllKnown();
    parsed.requireRanges(network);
    return parsed;
  }

  /** Whether an argument begins with the name of a backbone, known or not. */
  static boolean namesBackbone(String argument) {
    String first = argument.split(",", 2)[0].strip();
    return !first.isEmpty() && !first.contains("=") && !first.equals("auxiliary");
  }

  private void requireRanges(String network) {
    check(
        network,
        "a backbone (" + String.join(", ", Backbones.NAMES) + ")",
        Backbones.NAMES.contains(backbone),
        backbone);
    check(network, "an output_stride of 8, 16 or 32", STRIDES.contains(outputStride), outputStride);
    check(network, "channels from 1 to 4096", channels >= 1 && channels <= WIDEST, channels);
    check(network, "a dropout from 0 to below 1", dropout >= 0 && dropout < 1, dropout);
    check(
        network,
        "frozen_stages from 0, the stem alone, to 4",
        frozenStages >= -1 && frozenStages <= STAGES,
        frozenStages);
  }

  private static void check(String network, String expected, boolean good, Object got) {
    if (!good) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "%s: expected %s, got %s", network, expected, Excerpt.of("" + got)));
    }
  }

  /** The smallest dilation of a DeepLab's branches: they see as far whatever the stride. */
  int atrousStep() {
    return ATROUS_STEP * 32 / outputStride;
  }

  /** The frozen parts of a backbone that stands under a scope of this path. */
  List<String> frozen(String path, Backbone declared) {
    return declared.stages().subList(0, frozenStages + 1).stream()
        .flatMap(List::stream)
        .map(part -> path + "." + part)
        .toList();
  }
}
