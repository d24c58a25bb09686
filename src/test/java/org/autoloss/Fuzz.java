package org.autoloss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.autoloss.internal.RandomStreams;

/**
 * A parser on damaged input and on {@link HostileInputs}: it succeeds, or throws an {@link
 * IllegalArgumentException} with a sentence; it never throws anything else, never hangs, never
 * takes the JVM with it.
 *
 * <p>{@code mvn test -Dtest='*FuzzTest' -Dautoloss.fuzz=200000} damages that many inputs for each
 * parser.
 */
public final class Fuzz {
  private static final int ROUNDS = Integer.getInteger("autoloss.fuzz", 1_500);
  // Of one input. Reading takes milliseconds, seconds at worst on a busy machine; what tries every
  // split of a hostile input takes minutes.
  private static final Duration LIMIT = Duration.ofSeconds(40);
  private static final int LONGEST_INPUT = 1 << 20;

  private Fuzz() {}

  /** Reads one input; may throw what a parser may throw. */
  public interface Parser {
    /**
     * Reads an input.
     *
     * @param input any bytes
     * @throws IOException if a file of the test cannot be written
     */
    void parse(byte[] input) throws IOException;
  }

  /**
   * Tries a parser.
   *
   * @param seed of the damages
   * @param parser what to try
   * @param seeds whole inputs in UTF-8
   */
  public static void run(long seed, Parser parser, String... seeds) {
    run(
        seed,
        parser,
        Arrays.stream(seeds)
            .map(each -> each.getBytes(StandardCharsets.UTF_8))
            .toArray(byte[][]::new));
  }

  /**
   * Tries a parser.
   *
   * @param seed of the damages
   * @param parser what to try
   * @param seeds whole inputs
   */
  public static void run(long seed, Parser parser, byte[]... seeds) {
    for (byte[] each : seeds) {
      assertThat(reads(parser, each)).as(text(each)).isTrue();
    }
    int refused = 0;
    for (byte[] each : seeds) {
      for (byte[] hostile : HostileInputs.of(each)) {
        refused += readsInTime(parser, hostile) ? 0 : 1;
      }
    }
    assertThat(refused).as("hostile inputs that were refused").isPositive();
    assertThat(damage(RandomStreams.stream(seed), parser, seeds))
        .as("damaged inputs that were refused")
        .isPositive();
  }

  /** Damages whole inputs, and inputs that were damaged before and still could be read. */
  private static int damage(RandomGenerator random, Parser parser, byte[]... seeds) {
    List<byte[]> pool = new ArrayList<>(List.of(seeds));
    int refused = 0;
    Mutator mutator = new Mutator(random);
    for (int i = 0; i < ROUNDS; i++) {
      byte[] input = mutator.mutate(pool.get(random.nextInt(pool.size())));
      boolean read = readsInTime(parser, input);
      refused += read ? 0 : 1;
      if (read && input.length < LONGEST_INPUT && pool.size() < 1_000) {
        pool.add(input);
      }
    }
    return refused;
  }

  private static boolean readsInTime(Parser parser, byte[] input) {
    return assertTimeoutPreemptively(LIMIT, () -> reads(parser, input), () -> shown(input));
  }

  private static boolean reads(Parser parser, byte[] input) {
    try {
      parser.parse(input);
      return true;
    } catch (IllegalArgumentException e) {
      assertThat(e.getMessage()).as("the refusal of %s", shown(input)).isNotBlank();
      return false;
    } catch (IOException e) {
      throw new AssertionError("an unexpected " + e + " for " + shown(input), e);
    } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
      throw new AssertionError("an unexpected " + e + " for " + shown(input), e);
    }
  }

  /**
   * An input as text.
   *
   * @param input bytes, which need not be UTF-8
   * @return its text
   */
  public static String text(byte[] input) {
    return new String(input, StandardCharsets.UTF_8);
  }

  private static String shown(byte[] input) {
    String text = text(input);
    return "'" + (text.length() > 300 ? text.substring(0, 300) + "..." : text) + "'";
  }
}
