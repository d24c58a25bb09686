package org.autoloss.nn.models;

import org.autoloss.nn.Block;
import org.autoloss.nn.Convolution;
import org.autoloss.nn.ConvolutionModule;
import org.autoloss.nn.Initial;
import org.autoloss.nn.Norm;
import org.autoloss.nn.Scope;

/** What the small networks are made of. */
final class Small {
  private static final double HEAD_DEVIATION = 0.01;

  private Small() {}

  static Block module(Scope scope, Convolution.Plan plan) {
    return new ConvolutionModule(scope, plan, Norm.BATCH);
  }

  /** The last layer: a 1x1 convolution with bias, {@code head}. */
  static Block head(Scope scope, int in, int classes) {
    // Nearly equal logits at first: the loss starts at log C whatever the features' scale.
    return new Convolution(
        scope.child("head"),
        Convolution.Plan.of(in, classes, 1).withBias().withInitial(Initial.normal(HEAD_DEVIATION)));
  }
}
