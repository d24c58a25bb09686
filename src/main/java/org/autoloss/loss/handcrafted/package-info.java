/**
 * The losses that people have made by hand: what searched losses are measured against, and what a
 * training often wants beside them. Those whose composition is slow are native operations ({@link
 * org.autoloss.loss.FusedLoss}); the others are compositions of libtorch operations ({@link
 * org.autoloss.loss.ComposedLoss}).
 */
package org.autoloss.loss.handcrafted;
