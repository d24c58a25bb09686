package org.autoloss.loss;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Set;

/**
 * Makes losses from text and from JSON: the extension point behind {@link Loss#parse}.
 *
 * <p>Implementations are found by {@link java.util.ServiceLoader}; a user's own factory, named in
 * {@code META-INF/services/org.autoloss.loss.LossFactory}, takes part in specifications like ours.
 */
public interface LossFactory {
  /**
   * The names that this factory answers to, in specifications and as the {@code kind} of JSON
   * artefacts.
   *
   * @return names such as {@code asl} or {@code dice}
   */
  Set<String> names();

  /**
   * The names that this factory answers to for branches of an input.
   *
   * @param input what the branch gives
   * @return {@link #names} for classes, else none, unless the factory says otherwise
   */
  default Set<String> names(LossInput input) {
    return input == LossInput.CLASSES ? names() : Set.of();
  }

  /**
   * Makes a loss from a specification, for a branch of an input.
   *
   * @param name one of {@link #names(LossInput)}
   * @param argument what follows the colon, empty if there is no colon
   * @param input what the branch gives
   * @return the loss
   * @throws IllegalArgumentException if the argument is not understood
   */
  default Loss parse(String name, String argument, LossInput input) {
    return parse(name, argument);
  }

  /**
   * Makes a loss from a specification.
   *
   * @param name one of {@link #names}
   * @param argument what follows the colon, empty if there is no colon
   * @return the loss
   * @throws IllegalArgumentException if the argument is not understood
   */
  Loss parse(String name, String argument);

  /**
   * Makes a loss from a JSON artefact.
   *
   * @param name the artefact's kind, one of {@link #names}
   * @param artefact the whole JSON object
   * @return the loss
   * @throws IllegalArgumentException if a field is missing or wrong
   */
  Loss fromJson(String name, ObjectNode artefact);
}
