/**
 * Synthetic scenes: small labelled images of overlapping, textured objects, for trials and tests
 * without a data set at hand.
 */
package org.autoloss.data.scenes;
