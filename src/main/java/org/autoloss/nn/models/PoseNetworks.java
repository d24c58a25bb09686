package org.autoloss.nn.models;

import java.util.List;
import java.util.Set;
import org.autoloss.nn.Architecture;
import org.autoloss.nn.NetworkFactory;
import org.autoloss.nn.Scope;

/**
 * Networks for key points: {@code simplebaseline} on a backbone, such as {@code
 * simplebaseline:resnet50}; its classes are the key points, its outputs heat maps at a quarter of
 * the images' size. Options: {@code channels} of the deconvolutions (256), {@code output_stride} of
 * the backbone (32), {@code norm} of the backbone ({@code batch}, {@code frozen}), {@code
 * frozen_stages}.
 */
public final class PoseNetworks implements NetworkFactory {
  private static final NetworkOptions.Defaults DEFAULTS =
      new NetworkOptions.Defaults("resnet50", 32, 256, false);

  /** For {@link java.util.ServiceLoader}. */
  public PoseNetworks() {}

  @Override
  public Set<String> names() {
    return Set.of("simplebaseline");
  }

  @Override
  public Architecture declare(String name, String argument, int classes, Scope scope) {
    NetworkOptions options = NetworkOptions.parse(name, argument, DEFAULTS);
    String path = Backbones.path(options.backbone());
    Backbone backbone = Backbones.whole(scope.child(path), options);
    List<String> frozen = options.frozen(path, backbone);
    return new SimpleBaseline(scope.child("head"), backbone, options, classes, frozen);
  }
}
