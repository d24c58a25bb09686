package org.autoloss.nn.models.rcnn;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.autoloss.internal.Excerpt;
import org.autoloss.loss.LossOptions;
import org.autoloss.nn.Architecture;
import org.autoloss.nn.NetworkFactory;
import org.autoloss.nn.Norm;
import org.autoloss.nn.Scope;
import org.autoloss.nn.models.Backbone;
import org.autoloss.nn.models.MobileNetV2;
import org.autoloss.nn.models.ResNet;
import org.autoloss.nn.models.SmallResNet;

/**
 * {@code fasterrcnn} and {@code maskrcnn}: Faster R-CNN and Mask R-CNN with a feature pyramid on a
 * backbone, such as {@code fasterrcnn:resnet50,norm=frozen,frozen_stages=1}, torchvision's {@code
 * fasterrcnn_resnet50_fpn}. Classes are counted with the background.
 *
 * <p>Options: {@code levels} of the backbone, the coarsest ones (4 of ResNets; 2 of MobileNetV2,
 * blocks 14 and 18, as torchvision has them, else those of strides 4, 8, 16 and 32; 3 of {@code
 * small}, see {@link SmallResNet}, with {@code body_width} 16); {@code anchor_size} on the finest
 * level, doubled from level to level (32; two levels of MobileNetV2 have 32, 64 and 128 on each);
 * {@code channels} of the pyramid (256); {@code width} of the region head (1024); {@code norm} of
 * the backbone ({@code batch}, {@code frozen}); {@code frozen_stages}, the stem included (-1 for
 * none, 0 for the stem alone); {@code variant}, {@code torchvision} or {@code mmdet} ({@link
 * Variant}); {@code mask_width}, the channels of the mask head (256).
 */
public final class DetectionNetworks implements NetworkFactory {
  private static final String MASKS = "maskrcnn";
  private static final String DEFAULT = "resnet50";
  private static final Pattern RESNET = Pattern.compile("resnet(18|34|50|101)");
  private static final String MOBILE = "mobilenet_v2";
  private static final String SMALL = "small";
  private static final int BODY_WIDTH = 16;
  private static final List<Integer> COARSE = List.of(14, 18);
  private static final List<Integer> STRIDES = List.of(3, 6, 13, 18); // 4, 8, 16, 32
  private static final List<Double> RATIOS = List.of(0.5, 1.0, 2.0);
  private static final int SMALLEST_ANCHOR = 32;
  private static final int LARGEST_ANCHOR = 1024;
  private static final int CHANNELS = 256;
  private static final int WIDTH = 1024;
  private static final int WIDEST = 4096;
  private static final int LEVELS = 4;

  /** For {@link java.util.ServiceLoader}. */
  public DetectionNetworks() {}

  @Override
  public Set<String> names() {
    return Set.of("fasterrcnn", MASKS);
  }

  @Override
  public Architecture declare(String name, String argument, int classes, Scope scope) {
    String first = argument.split(",", 2)[0];
    boolean named = !first.isBlank() && !first.contains("=");
    String backbone = named ? first.strip() : DEFAULT;
    String rest = named ? argument.substring(first.length()) : argument;
    boolean mobile = backbone.equals(MOBILE);
    boolean small = backbone.equals(SMALL);
    if (!mobile && !small && !RESNET.matcher(backbone).matches()) {
      throw wrong(name, "a backbone (mobilenet_v2, resnet18, 34, 50, 101 or small)", backbone);
    }
    LossOptions options = LossOptions.parse(name, rest.startsWith(",") ? rest.substring(1) : rest);
    int most = small ? SmallResNet.LEVELS : LEVELS;
    int levels = within(name, options, "levels", mobile ? 2 : most, 1, most);
    boolean standard = mobile && levels == 2 && !options.has("anchor_size");
    int size = within(name, options, "anchor_size", SMALLEST_ANCHOR, 1, LARGEST_ANCHOR);
    int channels = within(name, options, "channels", CHANNELS, 1, WIDEST);
    int width = within(name, options, "width", WIDTH, 1, WIDEST);
    int frozen = within(name, options, "frozen_stages", -1, -1, LEVELS);
    Norm norm = options.choice("norm", "batch", "frozen") ? Norm.FROZEN : Norm.BATCH;
    boolean papers =
        options.choice(Variant.OPTION, Variant.TORCHVISION.label(), Variant.MMDET.label());
    Variant variant = papers ? Variant.MMDET : Variant.TORCHVISION;
    boolean masks = name.equals(MASKS);
    int maskWidth = masks ? within(name, options, "mask_width", CHANNELS, 1, WIDEST) : 0;
    Scope place = scope.child(FasterRcnn.BODY);
    Backbone body =
        mobile
            ? new MobileNetV2(place, norm, 32, levels == 2 ? COARSE : last(levels))
            : new Coarsest(
                small ? small(place, name, options, norm) : resNet(place, backbone, norm), levels);
    options.requireAllKnown();
    FasterRcnn.Plan plan =
        new FasterRcnn.Plan(
            new AnchorGenerator(
                standard ? coarse() : doubling(size, levels + 1), RATIOS, variant.roundsAnchors()),
            channels,
            width,
            classes,
            frozen(body, frozen),
            variant);
    FasterRcnn boxes = new FasterRcnn(scope, body, plan);
    return masks ? new MaskRcnn(scope, boxes, maskWidth) : boxes;
  }

  private static Backbone resNet(Scope scope, String backbone, Norm norm) {
    int depth = Integer.parseInt(backbone.substring("resnet".length()));
    return new ResNet(scope, new ResNet.Plan(depth, false, norm, 32, List.of()));
  }

  private static Backbone small(Scope scope, String name, LossOptions options, Norm norm) {
    return new SmallResNet(scope, norm, within(name, options, "body_width", BODY_WIDTH, 1, WIDEST));
  }

  private static List<Integer> last(int levels) {
    return STRIDES.subList(LEVELS - levels, LEVELS);
  }

  private static List<List<Integer>> coarse() {
    List<Integer> all = List.of(SMALLEST_ANCHOR, 2 * SMALLEST_ANCHOR, 4 * SMALLEST_ANCHOR);
    return List.of(all, all, all);
  }

  private static List<List<Integer>> doubling(int size, int levels) {
    return IntStream.range(0, levels).mapToObj(i -> List.of(size << i)).toList();
  }

  private static List<String> frozen(Backbone body, int stages) {
    return body.stages().subList(0, Math.min(stages + 1, body.stages().size())).stream()
        .flatMap(List::stream)
        .map(part -> FasterRcnn.BODY + "." + part)
        .toList();
  }

  private static int within(
      String name, LossOptions options, String option, int usual, int least, int most) {
    int value = options.whole(option, usual);
    if (value < least || value > most) {
      throw wrong(name, option + " from " + least + " to " + most, "" + value);
    }
    return value;
  }

  private static IllegalArgumentException wrong(String name, String expected, String got) {
    return new IllegalArgumentException(
        String.format(Locale.ROOT, "%s: expected %s, got %s", name, expected, Excerpt.of(got)));
  }
}
