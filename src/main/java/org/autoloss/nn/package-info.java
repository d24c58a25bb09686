/**
 * Networks: named parameters, the blocks that they are made of, and weights at rest.
 *
 * <p>A {@link org.autoloss.nn.Network} joins an {@link org.autoloss.nn.Architecture} with its
 * {@link org.autoloss.nn.Parameters}. An architecture's blocks declare what they need in a {@link
 * org.autoloss.nn.Scope}, under the names that PyTorch's {@code state_dict} has for them; memory is
 * taken when all is declared.
 */
package org.autoloss.nn;
