package org.autoloss.nn.models;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.autoloss.loss.LossOptions;
import org.autoloss.nn.Architecture;
import org.autoloss.nn.NetworkFactory;
import org.autoloss.nn.Scope;

/**
 * Segmentation networks of the literature: {@code deeplabv3plus}, {@code deeplabv3}, {@code pspnet}
 * on a backbone, such as {@code deeplabv3plus:resnet101,output_stride=8}, and {@code hrnetv2p_w18}
 * and {@code hrnetv2p_w48}. Options: {@code output_stride} (8, 16, 32), {@code channels} of the
 * head, {@code auxiliary} for an auxiliary head, {@code dropout} (0.1), {@code norm} of the
 * backbone ({@code batch}, {@code frozen}), {@code frozen_stages}.
 *
 * <p>Names are mmsegmentation's for DeepLabV3+, PSPNet and HRNet, and torchvision's for the others.
 */
public final class SegmentationNetworks implements NetworkFactory {
  private static final String BACKBONE = "resnet50";
  private static final int WIDE = 512; // mmsegmentation's heads
  private static final int NARROW = 256; // torchvision's
  private static final List<Integer> MULTI_GRID = List.of(1, 2, 4);

  /** For {@link java.util.ServiceLoader}. */
  public SegmentationNetworks() {}

  @Override
  public Set<String> names() {
    return Set.of("deeplabv3plus", "deeplabv3", "pspnet", "hrnetv2p_w18", "hrnetv2p_w48");
  }

  @Override
  public Architecture declare(String name, String argument, int classes, Scope scope) {
    return switch (name) {
      case "hrnetv2p_w18" -> highResolution(name, argument, 18, classes, scope);
      case "hrnetv2p_w48" -> highResolution(name, argument, 48, classes, scope);
      case "deeplabv3plus", "pspnet" -> mmsegmentation(name, argument, classes, scope);
      default -> torchvision(name, argument, classes, scope);
    };
  }

  private static Architecture mmsegmentation(
      String name, String argument, int classes, Scope scope) {
    NetworkOptions options = NetworkOptions.parse(name, argument, defaults(argument, WIDE));
    Backbone backbone = Backbones.declare(backbone(scope, options), options, grid(name, options));
    Scope place = scope.child("decode_head");
    Map<String, Head> outputs = new LinkedHashMap<>();
    outputs.put(
        Architecture.MAIN,
        name.equals("pspnet")
            ? new PspNet(place, backbone.channels(), options, classes)
            : new DeepLabV3Plus(place, backbone.channels(), options, classes));
    if (options.auxiliary()) {
      Scope auxiliary = scope.child("auxiliary_head");
      outputs.put(
          Architecture.AUXILIARY,
          new AuxiliaryHead(auxiliary, backbone.channels(), options, classes));
    }
    return segmenter(backbone, outputs, List.of("decode_head", "auxiliary_head"), options);
  }

  /** {@code deeplabv3} and {@code fcn}. */
  static Architecture torchvision(String name, String argument, int classes, Scope scope) {
    NetworkOptions options = NetworkOptions.parse(name, argument, defaults(argument, NARROW));
    Backbone backbone = Backbones.declare(backbone(scope, options), options, List.of());
    List<Integer> channels = backbone.channels();
    Map<String, Head> outputs = new LinkedHashMap<>();
    outputs.put(
        Architecture.MAIN,
        name.equals("fcn")
            ? plain(scope.child("classifier"), channels, 3, options, classes)
            : new DeepLabV3(scope.child("classifier"), channels, options, classes));
    if (options.auxiliary()) {
      Scope auxiliary = scope.child("aux_classifier");
      outputs.put(Architecture.AUXILIARY, plain(auxiliary, channels, 2, options, classes));
    }
    return segmenter(backbone, outputs, List.of("classifier", "aux_classifier"), options);
  }

  private static Head plain(
      Scope scope, List<Integer> channels, int level, NetworkOptions options, int classes) {
    var layers =
        TorchvisionHead.fullyConvolutional(scope, channels.get(level), options.dropout(), classes);
    return (levels, pass) -> layers.forward(levels.get(level), pass);
  }

  private static Architecture highResolution(
      String name, String argument, int width, int classes, Scope scope) {
    LossOptions.parse(name, argument).requireAllKnown();
    HighResolutionNet backbone = new HighResolutionNet(scope.child("backbone"), width);
    Head head = new HighResolutionHead(scope.child("decode_head"), backbone.channels(), classes);
    return new Segmenter(
        backbone, Map.of(Architecture.MAIN, head), List.of("decode_head"), List.of(), 32);
  }

  private static Architecture segmenter(
      Backbone backbone, Map<String, Head> outputs, List<String> paths, NetworkOptions options) {
    List<String> heads = new ArrayList<>(paths.subList(0, outputs.size()));
    List<String> frozen = options.frozen(Backbones.path(options.backbone()), backbone);
    return new Segmenter(backbone, outputs, heads, frozen, options.outputStride());
  }

  private static Scope backbone(Scope scope, NetworkOptions options) {
    return scope.child(Backbones.path(options.backbone()));
  }

  // The papers' and mmsegmentation's: 8 for ResNets; 16 for MobileNetV2 (Sandler et al., section
  // 6.3).
  private static NetworkOptions.Defaults defaults(String argument, int channels) {
    int stride = argument.startsWith("mobilenet") ? 16 : 8;
    return new NetworkOptions.Defaults(BACKBONE, stride, channels, true);
  }

  // At stride 16, ResNets under DeepLabV3+ dilate their last blocks by 1, 2 and 4.
  private static List<Integer> grid(String name, NetworkOptions options) {
    boolean three = options.backbone().matches("resnet(34|50|101).*");
    return name.equals("deeplabv3plus") && options.outputStride() == 16 && three
        ? MULTI_GRID
        : List.of();
  }
}
