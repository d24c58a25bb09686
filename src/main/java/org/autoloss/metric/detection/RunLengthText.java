package org.autoloss.metric.detection;

import java.util.Arrays;

/**
 * COCO's string form of runs: from the fourth run on the difference to the run two before; each
 * number in groups of five bits, the lowest first, with {@code 0x20} where another group follows
 * and {@code 0x10} in the last one as the sign; each group plus 48 is a character.
 */
final class RunLengthText {
  private static final int BITS = 5;
  private static final int GROUP = 0x1f;
  private static final int MORE = 0x20;
  private static final int SIGN = 0x10;
  private static final int FIRST = 48;
  private static final int MOST_GROUPS = 7; // of a number below 2^32 and its sign

  private RunLengthText() {}

  static String of(int[] counts) {
    StringBuilder text = new StringBuilder(counts.length * 2);
    for (int i = 0; i < counts.length; i++) {
      append(text, i > 2 ? (long) counts[i] - counts[i - 2] : counts[i]);
    }
    return text.toString();
  }

  private static void append(StringBuilder text, long number) {
    long rest = number;
    boolean more = true;
    while (more) {
      int group = (int) (rest & GROUP);
      rest >>= BITS;
      more = (group & SIGN) != 0 ? rest != -1 : rest != 0;
      text.append((char) (FIRST + (more ? group | MORE : group)));
    }
  }

  /** The runs of a text; those below 0 or beyond an int are refused. */
  static int[] parse(String text) {
    int[] counts = new int[text.length()];
    int size = 0;
    int at = 0;
    while (at < text.length()) {
      long number = 0;
      int groups = 0;
      int group;
      do {
        group = at < text.length() ? text.charAt(at++) - FIRST : -1;
        if (group < 0 || group > (GROUP | MORE) || groups == MOST_GROUPS) {
          throw damaged(text, at);
        }
        number |= (long) (group & GROUP) << BITS * groups++;
      } while ((group & MORE) != 0);
      if ((group & SIGN) != 0) {
        number |= -1L << BITS * groups;
      }
      number += size > 2 ? counts[size - 2] : 0;
      if (number < 0 || number > Integer.MAX_VALUE) {
        throw damaged(text, at);
      }
      counts[size++] = (int) number;
    }
    return Arrays.copyOf(counts, size);
  }

  private static IllegalArgumentException damaged(String text, int at) {
    return new IllegalArgumentException(
        "counts: expected COCO's string of runs, got one of "
            + text.length()
            + " characters that is damaged at the "
            + at
            + "th");
  }
}
