package org.autoloss.nn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.autoloss.internal.Excerpt;

/**
 * A place in a network where blocks declare what they keep. Names are those of PyTorch's modules: a
 * convolution in the scope {@code layer1.0.conv1} has the parameter {@code layer1.0.conv1.weight}.
 * No memory is taken, so that a network can be asked for its names and sizes for nothing.
 */
public final class Scope {
  /** What a state_dict has under a name. */
  sealed interface Entry permits Parameter, Counter {
    String name();

    /** Whether a tensor's type and sizes are those of this. */
    boolean fits(TensorData given);
  }

  /** What all scopes of a network share. */
  private static final class Declared {
    final Map<String, Entry> entries = new LinkedHashMap<>();
    final List<Parameter> trained = new ArrayList<>();
    final List<Parameter> buffers = new ArrayList<>();
    int trainedCount;
    int bufferCount;
  }

  private final Declared declared;
  private final String prefix;

  private Scope(Declared declared, String prefix) {
    this.declared = declared;
    this.prefix = prefix;
  }

  /**
   * The outermost scope of a new network.
   *
   * @return a scope in which nothing is declared
   */
  public static Scope root() {
    return new Scope(new Declared(), "");
  }

  /**
   * A scope within this one.
   *
   * @param name of a module, such as {@code conv1}, or a path of several, such as {@code layer1.0}
   * @return the scope
   * @throws IllegalArgumentException if the name is empty
   */
  public Scope child(String name) {
    if (name.isEmpty()) {
      throw new IllegalArgumentException("scope: expected the name of a module, got nothing");
    }
    return new Scope(declared, prefix + name + ".");
  }

  /**
   * A scope within this one, as PyTorch numbers the modules of a sequence.
   *
   * @param index from 0
   * @return the scope
   */
  public Scope child(int index) {
    return child(Integer.toString(index));
  }

  /**
   * This scope's place in the network.
   *
   * @return module names joined by dots, empty for the outermost scope
   */
  public String path() {
    return prefix.isEmpty() ? "" : prefix.substring(0, prefix.length() - 1);
  }

  /**
   * Declares a parameter that is trained.
   *
   * @param name within this scope
   * @param initial its first values
   * @param shape its sizes, each at least 1
   * @return the parameter
   * @throws IllegalArgumentException if the name is taken, or a size is not positive
   */
  public Parameter parameter(String name, Initial initial, long... shape) {
    Parameter parameter = declare(name, initial, declared.trainedCount, true, shape);
    declared.trained.add(parameter);
    declared.trainedCount = Math.addExact(declared.trainedCount, parameter.count());
    return parameter;
  }

  /**
   * Declares values that go with the weights, and that no optimiser changes.
   *
   * @param name within this scope
   * @param start its first value, everywhere
   * @param shape its sizes, each at least 1
   * @return the buffer
   * @throws IllegalArgumentException if the name is taken, or a size is not positive
   */
  public Parameter buffer(String name, float start, long... shape) {
    Initial initial = Initial.constant(start);
    Parameter buffer = declare(name, initial, declared.bufferCount, false, shape);
    declared.buffers.add(buffer);
    declared.bufferCount = Math.addExact(declared.bufferCount, buffer.count());
    return buffer;
  }

  /**
   * Declares a number that goes with the weights.
   *
   * @param name within this scope
   * @return the counter, at 0
   * @throws IllegalArgumentException if the name is taken
   */
  public Counter counter(String name) {
    Counter counter = new Counter(prefix + name);
    put(counter);
    return counter;
  }

  /** All parameters, buffers and counters of the network by name, in the order of declaration. */
  Map<String, Entry> entries() {
    return declared.entries;
  }

  List<Parameter> trained() {
    return declared.trained;
  }

  List<Parameter> buffers() {
    return declared.buffers;
  }

  int trainedCount() {
    return declared.trainedCount;
  }

  int bufferCount() {
    return declared.bufferCount;
  }

  /** Which tensors of a file fit what is declared, by the names that are published. */
  LoadReport match(StateDict file) {
    PublishedNames published = new PublishedNames(file.tensors().keySet());
    Map<String, String> used = new LinkedHashMap<>();
    List<String> missing = new ArrayList<>();
    List<String> mismatched = new ArrayList<>();
    Set<String> left = new LinkedHashSet<>(file.tensors().keySet());
    for (Entry entry : declared.entries.values()) {
      String theirs = published.find(entry.name()).orElse(null);
      if (theirs == null) {
        missing.add(entry.name());
      } else if (entry.fits(file.get(theirs))) {
        used.put(entry.name(), theirs);
      } else {
        mismatched.add(entry.name());
      }
      left.remove(theirs);
    }
    // Counters are of no use to a network, and many files are without.
    missing.removeIf(name -> declared.entries.get(name) instanceof Counter);
    left.removeIf(Counter::isName);
    requireSome(used.keySet(), file);
    return new LoadReport(used, missing, mismatched, List.copyOf(left));
  }

  private void requireSome(Set<String> used, StateDict file) {
    if (used.stream().allMatch(Counter::isName)) {
      throw new IllegalArgumentException(
          "weights: expected some of the network's names, such as "
              + declared.entries.keySet().iterator().next()
              + ", got "
              + Excerpt.of(String.join(", ", file.tensors().keySet())));
    }
  }

  /** Checks names and shapes of weights before memory is taken for them. */
  void require(StateDict state, NetworkSpec spec) {
    for (Entry entry : declared.entries.values()) {
      TensorData given = state.tensors().get(entry.name());
      if (entry instanceof Parameter parameter) {
        require(parameter, given, spec);
      } else if (given != null && (given.count() != 1 || given.type().isReal())) {
        throw new IllegalArgumentException(
            entry.name() + ": expected one whole number, got another tensor");
      }
    }
    for (String name : state.tensors().keySet()) {
      if (!declared.entries.containsKey(name)) {
        throw new IllegalArgumentException(
            Excerpt.of(name) + ": expected the weights of " + describe(spec) + ", got one more");
      }
    }
  }

  private static void require(Parameter parameter, TensorData given, NetworkSpec spec) {
    String expected = Arrays.toString(parameter.shape());
    String got = given == null ? "none" : Arrays.toString(given.shape());
    if (!expected.equals(got)) {
      throw new IllegalArgumentException(
          parameter.name()
              + ": expected a tensor of shape "
              + expected
              + ", as "
              + describe(spec)
              + " has it, got "
              + got);
    }
    if (!given.type().isReal()) {
      throw new IllegalArgumentException(
          parameter.name() + ": expected real numbers, got " + given.type());
    }
  }

  private static String describe(NetworkSpec spec) {
    return Excerpt.of(spec.text()) + " with " + spec.classes() + " classes";
  }

  private Parameter declare(
      String name, Initial initial, int offset, boolean trained, long... shape) {
    for (long extent : shape) {
      if (extent < 1) {
        throw new IllegalArgumentException(
            prefix + name + ": expected sizes of at least 1, got " + extent);
      }
    }
    Parameter parameter = new Parameter(prefix + name, shape.clone(), offset, initial, trained);
    put(parameter);
    return parameter;
  }

  private void put(Entry entry) {
    if (declared.entries.putIfAbsent(entry.name(), entry) != null) {
      throw new IllegalArgumentException(entry.name() + ": expected each name once, got it twice");
    }
  }
}
