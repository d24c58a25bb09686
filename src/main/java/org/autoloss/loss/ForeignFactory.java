package org.autoloss.loss;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Set;
import java.util.function.Supplier;

/** A user's factory, held to what {@link LossFactory} says. */
final class ForeignFactory implements LossFactory {
  private final LossFactory factory;

  private ForeignFactory(LossFactory factory) {
    this.factory = factory;
  }

  /** The factory itself if it is ours. */
  static LossFactory of(LossFactory factory) {
    return Foreign.is(factory.getClass()) ? new ForeignFactory(factory) : factory;
  }

  @Override
  public Set<String> names() {
    return factory.names();
  }

  @Override
  public Set<String> names(LossInput input) {
    return factory.names(input);
  }

  @Override
  public Loss parse(String name, String argument, LossInput input) {
    return made("parse", () -> factory.parse(name, argument, input));
  }

  @Override
  public Loss parse(String name, String argument) {
    return made("parse", () -> factory.parse(name, argument));
  }

  @Override
  public Loss fromJson(String name, ObjectNode artefact) {
    return made("fromJson", () -> factory.fromJson(name, artefact));
  }

  private Loss made(String method, Supplier<Loss> call) {
    Loss loss = Foreign.call(factory, method, call);
    if (loss == null) {
      throw Foreign.wrong(factory, method, "a loss", "null");
    }
    return ForeignLoss.of(loss);
  }
}
