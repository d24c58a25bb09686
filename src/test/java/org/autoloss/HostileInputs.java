package org.autoloss;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * What chance does not find: whole inputs that are changed at one place, to a length, depth,
 * number, encoding or size that nobody has.
 */
final class HostileInputs {
  private static final int MANY = 150_000;
  private static final int PLACES = 4; // of numbers and names in an input: the first ones
  private static final int HEADER = 128; // bytes where binary formats have their sizes
  private static final Pattern NUMBER = Pattern.compile("[0-9]+");
  private static final Pattern NAME = Pattern.compile("[A-Za-z_]+");

  private final List<byte[]> made = new ArrayList<>();
  private final byte[] input;
  private final String text; // a character for each byte

  private HostileInputs(byte[] input) {
    this.input = input;
    text = new String(input, StandardCharsets.ISO_8859_1);
  }

  /** All changes to an input. */
  static List<byte[]> of(byte[] input) {
    HostileInputs inputs = new HostileInputs(input);
    inputs.lengths();
    inputs.depths();
    inputs.digits();
    inputs.encodings();
    if (inputs.text.indexOf('\0') >= 0) { // a binary format
      inputs.sizes();
    }
    return inputs.made;
  }

  private void lengths() {
    add("");
    add("\0".repeat(MANY));
    add("\u00ff".repeat(MANY));
    add(text.repeat(1 + MANY / Math.max(1, text.length())));
    for (String part :
        List.of(" ", "\n", "\r\n", "\t", ",", "+", "*", ":", "=", "'", "\"", "\\", "-")) {
      add(part.repeat(MANY));
      add(part.repeat(MANY) + text);
      add(text + part.repeat(MANY));
      int at = text.indexOf(part);
      if (at >= 0) {
        add(text.substring(0, at) + part.repeat(MANY) + text.substring(at));
      }
    }
    replaceEach(NAME, List.of("a".repeat(MANY), "a_1.".repeat(MANY / 4), ""));
  }

  private void depths() {
    for (String each :
        List.of(
            "(",
            "[",
            "{",
            "{\"a\":",
            "[{\"a\":",
            "neg(",
            "add(1,",
            "0.5*",
            "asl:",
            "{\"kind\":\"sum\"," + "\"terms\":[{\"weight\":1,\"loss\":")) {
      String many = each.repeat(MANY / each.length());
      add(many);
      add(many + text);
      int at = text.indexOf(each);
      if (at >= 0) {
        add(text.substring(0, at) + many + text.substring(at));
      }
    }
    for (int depth : new int[] {300, MANY / 10}) {
      add("[".repeat(depth) + text + "]".repeat(depth));
      add("neg(".repeat(depth) + text + ")".repeat(depth));
      add("{\"a\":".repeat(depth) + text + "}".repeat(depth));
      add(
          "{\"kind\":\"sum\",\"terms\":[{\"weight\":1,\"loss\":".repeat(depth)
              + text
              + "}]}".repeat(depth));
    }
  }

  private void digits() {
    replaceEach(
        NUMBER,
        List.of(
            "1".repeat(MANY),
            "0".repeat(MANY),
            "1" + "0".repeat(MANY),
            "0." + "3".repeat(MANY),
            "1e" + "9".repeat(MANY),
            "1e-" + "9".repeat(MANY),
            "-1",
            "-0",
            "1e999",
            "NaN",
            "2147483648",
            "4294967297",
            "9223372036854775807",
            "-9223372036854775808",
            "18446744073709551617",
            "\u00d9\u00a3")); // an Arabic three, in UTF-8
    add("1".repeat(MANY) + text);
    add("1".repeat(MANY) + "*" + text);
    add(text + "1".repeat(MANY));
  }

  private void encodings() {
    String unicode = new String(input, StandardCharsets.UTF_8);
    for (String name : List.of("UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32", "UTF-32LE", "IBM037")) {
      made.add(unicode.getBytes(Charset.forName(name)));
    }
    for (String mark :
        List.of("\ufeff", "\ufeff\ufeff", "\u00a0", "\u2028", "\u202e", "\ud83d\ude00")) {
      String bytes = new String(mark.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
      insertEverywhere(bytes);
    }
    // not UTF-8: a lone surrogate, an overlong zero, a byte of another encoding, a cut character
    for (String bytes :
        List.of("\u00ed\u00a0\u0080", "\u00c0\u0080", "\u00e4", "\u00e6\u00bc", "\0")) {
      insertEverywhere(bytes);
    }
  }

  private void insertEverywhere(String bytes) {
    add(bytes + text);
    add(text + bytes);
    add(text.substring(0, text.length() / 2) + bytes + text.substring(text.length() / 2));
  }

  private void sizes() {
    for (int at = 0; at + Integer.BYTES <= Math.min(HEADER, input.length); at++) {
      for (int value : new int[] {0, -1, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
        for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
          byte[] changed = input.clone();
          ByteBuffer.wrap(changed).order(order).putInt(at, value);
          made.add(changed);
        }
      }
    }
    for (int length = 1; length < Math.min(HEADER, input.length); length++) {
      made.add(Arrays.copyOf(input, length));
    }
  }

  private void replaceEach(Pattern pattern, List<String> replacements) {
    List<MatchResult> places = pattern.matcher(text).results().limit(PLACES).toList();
    for (MatchResult place : places) {
      for (String replacement : replacements) {
        add(text.substring(0, place.start()) + replacement + text.substring(place.end()));
      }
    }
  }

  private void add(String bytes) {
    made.add(bytes.getBytes(StandardCharsets.ISO_8859_1));
  }
}
