package org.autoloss;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/** Damages input for parsers: flips, cuts, copies, repeats, and puts in awkward pieces. */
final class Mutator {
  private static final List<String> PIECES =
      List.of(
          "-1",
          "1e999",
          "NaN",
          "99999999999999999999",
          "2147483648",
          "(",
          ")",
          "((((",
          "{",
          "}",
          "[",
          "]",
          "\"",
          ",",
          ":",
          "+",
          "*",
          "null",
          "\0",
          "\n",
          "\u00e9",
          "\ufeff",
          "../",
          "neg(",
          "asl:",
          "{\"kind\":\"sum\",\"terms\":[",
          "0.5*");

  private final RandomGenerator random;

  Mutator(RandomGenerator random) {
    this.random = random;
  }

  /** One to four damages to a copy of the input. */
  byte[] mutate(byte[] input) {
    byte[] result = input;
    for (int i = random.nextInt(4); i >= 0; i--) {
      result = damage(result);
    }
    return result;
  }

  private byte[] damage(byte[] input) {
    int from = random.nextInt(input.length + 1);
    int to = from + random.nextInt(Math.min(32, input.length - from) + 1);
    byte[] before = Arrays.copyOf(input, from);
    byte[] part = Arrays.copyOfRange(input, from, to);
    byte[] after = Arrays.copyOfRange(input, to, input.length);
    return switch (random.nextInt(8)) {
      case 0 -> flip(input);
      case 1 -> before;
      case 2 -> join(before, after);
      case 3 -> join(before, part, part, after);
      case 4 -> join(before, piece(), after);
      case 5 -> join(before, piece(), part, after);
      case 6 -> encoded(input);
      default -> join(before, repeat(random.nextBoolean() ? part : piece()), after);
    };
  }

  private byte[] flip(byte[] input) {
    byte[] result = input.clone();
    if (result.length > 0) {
      result[random.nextInt(result.length)] ^= (byte) (1 << random.nextInt(8));
    }
    return result;
  }

  /** As an editor saves it that takes no UTF-8, or puts a mark in front. */
  private byte[] encoded(byte[] input) {
    String text = new String(input, StandardCharsets.UTF_8);
    return switch (random.nextInt(4)) {
      case 0 -> text.getBytes(StandardCharsets.ISO_8859_1);
      case 1 -> text.getBytes(StandardCharsets.UTF_16); // with a mark
      case 2 -> text.getBytes(StandardCharsets.UTF_16LE);
      default -> ("\ufeff" + text).getBytes(StandardCharsets.UTF_8);
    };
  }

  private byte[] piece() {
    return PIECES.get(random.nextInt(PIECES.size())).getBytes(StandardCharsets.UTF_8);
  }

  /** Mostly a few copies, at times enough to overflow a careless recursion. */
  private byte[] repeat(byte[] part) {
    int count = random.nextInt(20) == 0 ? 20_000 : random.nextInt(50);
    byte[] result = new byte[part.length * count];
    for (int i = 0; i < result.length; i++) {
      result[i] = part[i % part.length];
    }
    return result;
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream result = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      result.writeBytes(part);
    }
    return result.toByteArray();
  }
}
