package org.autoloss.nn;

import java.util.Set;

/**
 * Makes networks from specifications such as {@code unet:width=8}: the extension point behind
 * {@link NetworkSpec}.
 *
 * <p>Implementations are found by {@link java.util.ServiceLoader}; a user's own factory, named in
 * {@code META-INF/services/org.autoloss.nn.NetworkFactory}, takes part like ours.
 */
public interface NetworkFactory {
  /**
   * The names that this factory answers to.
   *
   * @return names such as {@code unet}: lower-case letters, digits and underscores
   */
  Set<String> names();

  /**
   * Declares a network. It takes no memory: the same network is declared whenever somebody asks for
   * its names and sizes.
   *
   * @param name one of {@link #names}
   * @param argument what follows the colon, empty if there is no colon
   * @param classes how many there are to tell apart, 1 to 1,024
   * @param scope its place
   * @return the network's blocks
   * @throws IllegalArgumentException if the argument is not understood
   */
  Architecture declare(String name, String argument, int classes, Scope scope);
}
