package org.autoloss.loss;

import java.lang.ref.SoftReference;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.WeakHashMap;
import org.autoloss.internal.Excerpt;

/** The makers of losses by the names that they answer to: ours, and those of users. */
final class LossFactories {
  // Looked up once for each class loader: a sum of 20,000 terms would look 20,000 times. Softly, so
  // that a loader of plugins can go.
  private static final Map<ClassLoader, SoftReference<Map<LossInput, Map<String, LossFactory>>>>
      FOUND = Collections.synchronizedMap(new WeakHashMap<>());

  private LossFactories() {}

  /**
   * The maker of a kind of loss, known to this library's class loader or the thread's.
   *
   * @param name of the loss
   * @param argument what the name is called in messages
   * @param input what the loss is to compare; null if it may be anything, classes first
   * @return its maker
   * @throws IllegalArgumentException if there is none, or a user's factory cannot be loaded
   */
  static LossFactory find(String name, String argument, LossInput input) {
    Map<LossInput, Map<String, LossFactory>> known = known();
    Set<String> names = new TreeSet<>();
    for (LossInput each : LossInput.values()) {
      if (input == null || input.accepts(each)) {
        LossFactory factory = known.get(each).get(name);
        if (factory != null) {
          return factory;
        }
        names.addAll(known.get(each).keySet());
      }
    }
    throw new IllegalArgumentException(
        argument
            + ": expected one of "
            + String.join(", ", names)
            + (input == null || input == LossInput.CLASSES ? "" : " on " + input.label())
            + ", got '"
            + Excerpt.of(name)
            + "'");
  }

  /** Whether a name has a maker. */
  static boolean isKnown(String name) {
    return known().values().stream().anyMatch(each -> each.containsKey(name));
  }

  private static Map<LossInput, Map<String, LossFactory>> known() {
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    ClassLoader loader = context == null ? ClassLoader.getSystemClassLoader() : context;
    SoftReference<Map<LossInput, Map<String, LossFactory>>> found = FOUND.get(loader);
    Map<LossInput, Map<String, LossFactory>> known = found == null ? null : found.get();
    if (known == null) {
      known = load(loader);
      FOUND.put(loader, new SoftReference<>(known));
    }
    return known;
  }

  private static Map<LossInput, Map<String, LossFactory>> load(ClassLoader loader) {
    Map<LossInput, Map<String, LossFactory>> known = new EnumMap<>(LossInput.class);
    try {
      for (LossInput input : LossInput.values()) {
        known.put(input, new TreeMap<>());
      }
      for (LossFactory factory :
          ServiceLoader.load(LossFactory.class, Loss.class.getClassLoader())) {
        known.forEach(
            (input, makers) ->
                factory.names(input).forEach(name -> makers.put(name, ForeignFactory.of(factory))));
      }
      for (LossFactory factory : ServiceLoader.load(LossFactory.class, loader)) {
        known.forEach(
            (input, makers) ->
                factory
                    .names(input)
                    .forEach(name -> makers.putIfAbsent(name, ForeignFactory.of(factory))));
      }
    } catch (ServiceConfigurationError | LinkageError | RuntimeException e) {
      throw new IllegalArgumentException(
          "loss: expected factories of losses that can be loaded, got "
              + Foreign.described(e)
              + "; mend or remove its jar",
          e);
    }
    return known;
  }
}
