package org.autoloss.loss;

import java.lang.ref.SoftReference;
import java.util.Collections;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.WeakHashMap;
import org.autoloss.internal.Excerpt;

/** The makers of losses by the names that they answer to: ours, and those of users. */
final class LossFactories {
  // Looked up once for each class loader: a sum of 20,000 terms would look 20,000 times. Softly, so
  // that a loader of plugins can go.
  private static final Map<ClassLoader, SoftReference<Map<String, LossFactory>>> FOUND =
      Collections.synchronizedMap(new WeakHashMap<>());

  private LossFactories() {}

  /**
   * The maker of a kind of loss, known to this library's class loader or the thread's.
   *
   * @param name of the loss
   * @param argument what the name is called in messages
   * @return its maker
   * @throws IllegalArgumentException if there is none, or a user's factory cannot be loaded
   */
  static LossFactory find(String name, String argument) {
    Map<String, LossFactory> known = known();
    LossFactory factory = known.get(name);
    if (factory == null) {
      throw new IllegalArgumentException(
          argument
              + ": expected one of "
              + String.join(", ", known.keySet())
              + ", got '"
              + Excerpt.of(name)
              + "'");
    }
    return factory;
  }

  /** Whether a name has a maker. */
  static boolean isKnown(String name) {
    return known().containsKey(name);
  }

  private static Map<String, LossFactory> known() {
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    ClassLoader loader = context == null ? ClassLoader.getSystemClassLoader() : context;
    SoftReference<Map<String, LossFactory>> found = FOUND.get(loader);
    Map<String, LossFactory> known = found == null ? null : found.get();
    if (known == null) {
      known = load(loader);
      FOUND.put(loader, new SoftReference<>(known));
    }
    return known;
  }

  private static Map<String, LossFactory> load(ClassLoader loader) {
    Map<String, LossFactory> known = new TreeMap<>();
    try {
      for (LossFactory factory :
          ServiceLoader.load(LossFactory.class, Loss.class.getClassLoader())) {
        factory.names().forEach(name -> known.put(name, ForeignFactory.of(factory)));
      }
      for (LossFactory factory : ServiceLoader.load(LossFactory.class, loader)) {
        factory.names().forEach(name -> known.putIfAbsent(name, ForeignFactory.of(factory)));
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
