package org.autoloss.loss;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Set;

/** Makes losses on boxes and maps, whose names may mean another loss on classes. */
public abstract class PairLossFactory implements LossFactory {
  private static final String NUMBER = "[-+]?[0-9.]+([eE][-+]?[0-9]+)?";

  /** For subclasses. */
  protected PairLossFactory() {}

  @Override
  public final Set<String> names() {
    return names(LossInput.CLASSES);
  }

  @Override
  public abstract Set<String> names(LossInput input);

  /**
   * Makes a loss.
   *
   * @param name one of {@link #names(LossInput)}
   * @param options of it; those that are not asked for are refused afterwards
   * @return the loss
   */
  protected abstract Loss make(String name, LossOptions options);

  /**
   * The option that a bare number stands for, as in {@code smooth_l1:0.5}.
   *
   * @param name of the loss
   * @return the option's name, or null if there is none
   */
  protected String shorthand(String name) {
    return null;
  }

  @Override
  public final Loss parse(String name, String argument) {
    boolean number = shorthand(name) != null && argument.strip().matches(NUMBER);
    return checked(
        name, LossOptions.parse(name, number ? shorthand(name) + "=" + argument : argument));
  }

  @Override
  public final Loss fromJson(String name, ObjectNode artefact) {
    ObjectNode options = artefact.deepCopy();
    options.remove("input");
    return checked(name, LossOptions.of(name, options));
  }

  private Loss checked(String name, LossOptions options) {
    Loss loss = make(name, options);
    try {
      options.requireAllKnown();
    } catch (IllegalArgumentException e) {
      loss.close();
      throw e;
    }
    return loss;
  }
}
