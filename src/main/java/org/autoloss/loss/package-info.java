/**
 * Losses that a training loop calls: the {@link org.autoloss.loss.Loss} interface, what turns a
 * native value-and-gradient operation into one, hand-made losses, weighted sums, and JSON
 * artefacts.
 */
package org.autoloss.loss;
