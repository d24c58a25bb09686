package com.example.shapes;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Set;
import org.autoloss.loss.Loss;
import org.autoloss.loss.LossFactory;
import org.autoloss.loss.LossOptions;

/** Makes {@code poly} and {@code poly:epsilon=2}, from text and from JSON. */
public final class PolyLossFactory implements LossFactory {
  @Override
  public Set<String> names() {
    return Set.of(PolyLoss.NAME);
  }

  @Override
  public Loss parse(String name, String argument) {
    return make(LossOptions.parse(name, argument));
  }

  @Override
  public Loss fromJson(String name, ObjectNode artefact) {
    return make(LossOptions.of(name, artefact));
  }

  private static Loss make(LossOptions options) {
    double epsilon = options.number("epsilon", 1);
    options.requireAllKnown();
    return new PolyLoss(epsilon);
  }
}
