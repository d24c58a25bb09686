package org.autoloss.nn.models;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.autoloss.nn.Norm;
import org.autoloss.nn.Scope;

/** Backbones by name. */
final class Backbones {
  /** ResNets have torchvision's stem, with {@code _v1c} that of mmsegmentation. */
  static final List<String> NAMES =
      List.of(
          "mobilenet_v2",
          "resnet18",
          "resnet18_v1c",
          "resnet34",
          "resnet34_v1c",
          "resnet50",
          "resnet50_v1c",
          "resnet101",
          "resnet101_v1c");

  private static final Pattern RESNET = Pattern.compile("resnet(\\d+)(_v1c)?");

  private Backbones() {}

  /**
   * Declares a backbone for segmentation.
   *
   * @param scope its place
   * @param options which
   * @param grid dilations of the last stage of a ResNet, none for the usual ones
   */
  static Backbone declare(Scope scope, NetworkOptions options, List<Integer> grid) {
    return declare(scope, options, grid, MobileNetV2.DENSE);
  }

  /**
   * Declares a backbone with all that lies before its classifier.
   *
   * @param scope its place
   * @param options which
   */
  static Backbone whole(Scope scope, NetworkOptions options) {
    return declare(scope, options, List.of(), MobileNetV2.WHOLE);
  }

  private static Backbone declare(
      Scope scope, NetworkOptions options, List<Integer> grid, List<Integer> levels) {
    Norm norm = options.norm();
    Matcher resnet = RESNET.matcher(options.backbone());
    if (!resnet.matches()) {
      return new MobileNetV2(scope, norm, options.outputStride(), levels);
    }
    int depth = Integer.parseInt(resnet.group(1));
    boolean deep = resnet.group(2) != null;
    return new ResNet(scope, new ResNet.Plan(depth, deep, norm, options.outputStride(), grid));
  }

  /** Where a backbone stands under its network: torchvision numbers MobileNetV2's blocks apart. */
  static String path(String backbone) {
    return backbone.startsWith("mobilenet") ? "backbone.features" : "backbone";
  }
}
