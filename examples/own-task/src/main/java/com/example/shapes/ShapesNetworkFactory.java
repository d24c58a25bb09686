package com.example.shapes;

import java.util.List;
import java.util.Set;
import org.autoloss.loss.LossOptions;
import org.autoloss.nn.Architecture;
import org.autoloss.nn.Block;
import org.autoloss.nn.Convolution;
import org.autoloss.nn.Functional;
import org.autoloss.nn.Linear;
import org.autoloss.nn.NetworkFactory;
import org.autoloss.nn.Pass;
import org.autoloss.nn.Scope;
import org.bytedeco.pytorch.Tensor;

/** The network {@code pooled}, with the option {@code width}: convolutions, a mean, and a layer. */
public final class ShapesNetworkFactory implements NetworkFactory {
  @Override
  public Set<String> names() {
    return Set.of("pooled");
  }

  @Override
  public Architecture declare(String name, String argument, int classes, Scope scope) {
    LossOptions options = LossOptions.parse(name, argument);
    int width = options.whole("width", 8);
    options.requireAllKnown();
    return new Pooled(scope, width, classes);
  }

  private static final class Pooled implements Architecture {
    private final Block features;
    private final Block classifier;

    Pooled(Scope scope, int width, int classes) {
      features =
          new Convolution(scope.child("conv1"), Convolution.Plan.of(3, width, 3).withBias())
              .then(Functional.RELU)
              .then(
                  new Convolution(
                      scope.child("conv2"), Convolution.Plan.of(width, 2 * width, 3).withBias()))
              .then(Functional.RELU)
              .then(Functional.averagePool(1, 1));
      classifier = new Linear(scope.child("classifier"), 2 * width, classes);
    }

    /** Logits {@code [N,C,1,1]}: a picture is one region. */
    @Override
    public Tensor forward(Tensor images, Pass pass) {
      Tensor means = features.forward(images, pass).flatten(1, 3);
      return classifier.forward(means, pass).unsqueeze(2).unsqueeze(3);
    }

    @Override
    public List<String> heads() {
      return List.of("classifier");
    }
  }
}
