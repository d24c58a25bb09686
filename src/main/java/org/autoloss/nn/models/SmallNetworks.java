package org.autoloss.nn.models;

import java.util.Set;
import org.autoloss.loss.LossOptions;
import org.autoloss.nn.Architecture;
import org.autoloss.nn.NetworkFactory;
import org.autoloss.nn.Scope;

/**
 * The small networks {@code unet}, {@code fcn} and {@code aspp}, with the option {@code width}: 8
 * where it is not given. With a backbone, {@code fcn:resnet50}, a fully convolutional network is
 * torchvision's, see {@link SegmentationNetworks}.
 */
public final class SmallNetworks implements NetworkFactory {
  private static final int WIDTH = 8;
  private static final int LARGEST = 1024;

  /** For {@link java.util.ServiceLoader}. */
  public SmallNetworks() {}

  @Override
  public Set<String> names() {
    return Set.of("unet", "fcn", "aspp");
  }

  @Override
  public Architecture declare(String name, String argument, int classes, Scope scope) {
    if (name.equals("fcn") && NetworkOptions.namesBackbone(argument)) {
      return SegmentationNetworks.torchvision(name, argument, classes, scope);
    }
    LossOptions options = LossOptions.parse(name, argument);
    int width = options.whole("width", WIDTH);
    options.requireAllKnown();
    // A 3x3 convolution of one channel gives other gradients from time to time (libtorch 2.10).
    int narrowest = name.equals("unet") ? 2 : 1;
    check("width", narrowest, width);
    check("classes", 2, classes);
    return switch (name) {
      case "unet" -> new DilatedUNet(scope, width, classes);
      case "fcn" -> new FullyConvolutional(scope, width, classes);
      default -> new AtrousPyramid(scope, width, classes);
    };
  }

  private static void check(String name, int least, int value) {
    if (value < least || value > LARGEST) {
      throw new IllegalArgumentException(
          name + ": expected " + least + " to " + LARGEST + ", got " + value);
    }
  }
}
