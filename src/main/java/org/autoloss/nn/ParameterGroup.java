package org.autoloss.nn;

/**
 * Consecutive parameters that an optimiser treats alike: a range of the flat tensors of {@link
 * Parameters}.
 *
 * @param offset of the first value
 * @param count of values
 * @param head whether they belong to a head, which may learn at another rate
 * @param decayed whether weight decay applies
 */
public record ParameterGroup(long offset, long count, boolean head, boolean decayed) {
  boolean continuesIn(ParameterGroup next) {
    return head == next.head && decayed == next.decayed && offset + count == next.offset;
  }

  ParameterGroup with(ParameterGroup next) {
    return new ParameterGroup(offset, count + next.count, head, decayed);
  }
}
