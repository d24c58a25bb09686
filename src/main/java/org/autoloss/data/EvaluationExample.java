package org.autoloss.data;

/**
 * An image to predict, and the labels to compare with. The labels may be of another size: then
 * logits are brought to theirs.
 *
 * @param seen height and width of the image, at the upper left of what the network gets
 * @param padded height and width of what the network gets
 * @param image {@code [3,padded]} normalised values, red first, 0 beyond the image; owned by this
 * @param labelled height and width of the labels
 * @param labels {@code [labelled]} class indices as unsigned bytes, 255 is void; owned by this
 */
public record EvaluationExample(
    Extent seen, Extent padded, float[] image, Extent labelled, byte[] labels) {
  boolean sameSizes(EvaluationExample other) {
    return seen.equals(other.seen)
        && padded.equals(other.padded)
        && labelled.equals(other.labelled);
  }
}
