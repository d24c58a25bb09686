package org.autoloss.nn;

import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.TreeMap;

/** The networks that there are, by name. */
final class Networks {
  private Networks() {}

  /** The factory that a name belongs to. */
  static NetworkFactory factory(String name) {
    Map<String, NetworkFactory> known = factories();
    NetworkFactory factory = known.get(name);
    if (factory == null) {
      throw new IllegalArgumentException(
          "network: expected one of " + String.join(", ", known.keySet()) + ", got '" + name + "'");
    }
    return factory;
  }

  /** Whether a factory has a name. */
  static boolean isKnown(String name) {
    return factories().containsKey(name);
  }

  private static Map<String, NetworkFactory> factories() {
    Map<String, NetworkFactory> known = new TreeMap<>();
    try {
      for (NetworkFactory factory :
          ServiceLoader.load(NetworkFactory.class, NetworkFactory.class.getClassLoader())) {
        factory.names().forEach(name -> known.put(name, factory));
      }
      for (NetworkFactory factory : ServiceLoader.load(NetworkFactory.class)) {
        factory.names().forEach(name -> known.putIfAbsent(name, factory));
      }
    } catch (ServiceConfigurationError e) {
      throw new IllegalArgumentException(
          "network: a network factory cannot be loaded: " + e.getMessage(), e);
    }
    return known;
  }
}
