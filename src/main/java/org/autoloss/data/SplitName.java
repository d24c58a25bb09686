package org.autoloss.data;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.autoloss.internal.Excerpt;
import org.autoloss.internal.RandomStreams;

/**
 * The samples that a person asks for: a list, several joined by plus signs, or a part of a list
 * drawn once and for all, as in {@code train:0-90} and {@code train:90-100}, which have no sample
 * in common.
 */
record SplitName(List<Part> parts) {
  private static final Pattern PART = Pattern.compile("([^:]*):(\\d{1,3})-(\\d{1,3})");
  private static final long DRAW = 0x5EED;

  /** A share of a list: from and to in percent. */
  record Part(String list, int from, int to) {}

  static SplitName parse(String text) {
    List<Part> parts = new ArrayList<>();
    for (String each : text.split("\\+", -1)) {
      parts.add(part(each));
    }
    return new SplitName(parts);
  }

  private static Part part(String text) {
    if (text.indexOf(':') < 0) {
      return new Part(text, 0, 100);
    }
    Matcher matcher = PART.matcher(text);
    if (matcher.matches()) {
      int from = Integer.parseInt(matcher.group(2));
      int to = Integer.parseInt(matcher.group(3));
      if (from < to && to <= 100) {
        return new Part(matcher.group(1), from, to);
      }
    }
    throw new IllegalArgumentException(
        "split: expected a list, or a share of one in percent such as train:0-90, got \""
            + Excerpt.of(text)
            + "\"");
  }

  /** The samples, each once. */
  List<SampleFiles> of(Layout layout) {
    Map<String, SampleFiles> samples = new LinkedHashMap<>();
    for (Part part : parts) {
      share(layout.samples(part.list()), part).forEach(s -> samples.putIfAbsent(s.name(), s));
    }
    if (samples.isEmpty()) {
      throw new IllegalArgumentException(
          "split: expected at least one sample, got none in " + parts + "; take a larger share");
    }
    return List.copyOf(samples.values());
  }

  /** In the list's order; which ones, their names decide. */
  private static List<SampleFiles> share(List<SampleFiles> all, Part part) {
    if (part.from() == 0 && part.to() == 100) {
      return all;
    }
    List<String> drawn =
        all.stream()
            .map(SampleFiles::name)
            .sorted(Comparator.comparingLong(SplitName::place).thenComparing(name -> name))
            .toList();
    Set<String> chosen =
        drawn.subList(at(part.from(), all.size()), at(part.to(), all.size())).stream()
            .collect(Collectors.toSet());
    return all.stream().filter(sample -> chosen.contains(sample.name())).toList();
  }

  private static int at(int percent, int size) {
    return (int) ((long) percent * size / 100);
  }

  private static long place(String name) {
    return RandomStreams.seed(DRAW, name.chars().asLongStream().toArray());
  }
}
