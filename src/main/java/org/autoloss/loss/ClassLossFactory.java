package org.autoloss.loss;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.InvocationTargetException;
import java.util.Set;

/**
 * Makes a user's own loss by its class name: {@code class:com.acme.MyLoss}. The class is on the
 * class path, implements {@link Loss}, and has a public constructor without parameters.
 */
public final class ClassLossFactory implements LossFactory {
  private static final String NAME = "class";

  /** For {@link java.util.ServiceLoader}. */
  public ClassLossFactory() {}

  @Override
  public Set<String> names() {
    return Set.of(NAME);
  }

  @Override
  public Loss parse(String name, String argument) {
    try {
      ClassLoader context = Thread.currentThread().getContextClassLoader();
      Class<?> type =
          Class.forName(argument, true, context == null ? Loss.class.getClassLoader() : context);
      if (!Loss.class.isAssignableFrom(type)) {
        throw new IllegalArgumentException(
            "class: expected a class that implements org.autoloss.loss.Loss, got " + argument);
      }
      return type.asSubclass(Loss.class).getConstructor().newInstance();
    } catch (ClassNotFoundException e) {
      throw new IllegalArgumentException(
          "class: expected a class on the class path, got '" + argument + "'; add its jar with -cp",
          e);
    } catch (InvocationTargetException e) {
      throw new IllegalArgumentException(
          "class: the constructor of " + argument + " failed: " + e.getCause(), e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException(
          "class: expected a public class with a public constructor without parameters, got "
              + argument,
          e);
    }
  }

  @Override
  public Loss fromJson(String name, ObjectNode artefact) {
    return parse(name, artefact.path("class").asText(""));
  }
}
