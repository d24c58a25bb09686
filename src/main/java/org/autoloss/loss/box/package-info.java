/**
 * Losses of bounding boxes. They compare boxes with boxes, not logits with labels, so they are no
 * {@link org.autoloss.loss.Loss}: they could keep none of its contract.
 */
package org.autoloss.loss.box;
