/** Losses of yes or no: objectness of anchors, masks of one class. */
package org.autoloss.loss.binary;
