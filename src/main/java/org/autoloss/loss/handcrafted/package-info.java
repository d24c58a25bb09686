/**
 * The losses that people have made by hand: what searched losses are measured against, and what a
 * training often wants beside them. All are native operations ({@link org.autoloss.loss.FusedLoss})
 * on the CPU; those that are a mean over pixels ({@link org.autoloss.loss.PixelLoss}) are
 * compositions of libtorch operations on a GPU.
 */
package org.autoloss.loss.handcrafted;
