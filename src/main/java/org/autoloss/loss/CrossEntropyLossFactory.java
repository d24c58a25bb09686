package org.autoloss.loss;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Set;
import org.autoloss.internal.Excerpt;

/** Makes {@code ce}. */
public final class CrossEntropyLossFactory implements LossFactory {
  static final String NAME = "ce";

  /** For {@link java.util.ServiceLoader}. */
  public CrossEntropyLossFactory() {}

  @Override
  public Set<String> names() {
    return Set.of(NAME);
  }

  @Override
  public Loss parse(String name, String argument) {
    if (!argument.isEmpty()) {
      throw new IllegalArgumentException(
          "ce: expected no argument, got '" + Excerpt.of(argument) + "'");
    }
    return new CrossEntropyLoss();
  }

  @Override
  public Loss fromJson(String name, ObjectNode artefact) {
    return new CrossEntropyLoss();
  }
}
