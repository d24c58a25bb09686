package org.autoloss.nn.models.rcnn;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Chooses what a head learns from in an image: so many at most with an object, the rest without
 * (Girshick, "Fast R-CNN", ICCV 2015, section 2.3).
 *
 * @param size how many are chosen, if there are enough
 * @param positive share of those with an object, at most
 */
record BalancedSampler(int size, double positive) {
  /**
   * What was chosen.
   *
   * @param positive places of those with an object, ascending
   * @param negative places of those without, ascending
   */
  record Sample(int[] positive, int[] negative) {
    int[] all() {
      return IntStream.concat(Arrays.stream(positive), Arrays.stream(negative)).sorted().toArray();
    }
  }

  /**
   * Chooses.
   *
   * @param labels above 0 with an object, 0 without; below 0 is never chosen
   * @param draw from which the first are taken
   */
  Sample sample(int[] labels, Draw draw) {
    int[] with = IntStream.range(0, labels.length).filter(i -> labels[i] > 0).toArray();
    int[] without = IntStream.range(0, labels.length).filter(i -> labels[i] == 0).toArray();
    int[] chosen = first(with, Math.min((int) (size * positive), with.length), draw);
    int[] rest = first(without, Math.min(size - chosen.length, without.length), draw);
    return new Sample(chosen, rest);
  }

  private static int[] first(int[] places, int count, Draw draw) {
    int[] order = draw.order(places.length);
    return IntStream.range(0, count).map(i -> places[order[i]]).sorted().toArray();
  }
}
