package org.autoloss.internal;

import java.util.Collection;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** One of a few things that have names. */
public final class Choice {
  private Choice() {}

  /**
   * The one of a name.
   *
   * @param <T> the kind of thing
   * @param what they are, for the message
   * @param known all of them
   * @param label what each is called
   * @param name what was asked for
   * @return the first that is called so
   * @throws IllegalArgumentException if none is: the message lists all names
   */
  public static <T> T of(
      String what, Collection<T> known, Function<? super T, String> label, String name) {
    return of(what, known, label, name, name::equals);
  }

  /**
   * The same for names whose case says nothing.
   *
   * @param <T> the kind of thing
   * @param what they are, for the message
   * @param known all of them
   * @param label what each is called
   * @param name what was asked for
   * @return the first that is called so
   * @throws IllegalArgumentException if none is: the message lists all names
   */
  public static <T> T ofAnyCase(
      String what, Collection<T> known, Function<? super T, String> label, String name) {
    return of(what, known, label, name, name::equalsIgnoreCase);
  }

  private static <T> T of(
      String what,
      Collection<T> known,
      Function<? super T, String> label,
      String name,
      Predicate<String> asked) {
    return known.stream()
        .filter(each -> asked.test(label.apply(each)))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    what
                        + ": expected one of "
                        + known.stream().map(label).collect(Collectors.joining(", "))
                        + ", got '"
                        + Excerpt.of(name)
                        + "'"));
  }
}
