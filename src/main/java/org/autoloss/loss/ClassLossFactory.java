package org.autoloss.loss;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.InvocationTargetException;
import java.util.Set;
import org.autoloss.internal.Excerpt;

/**
 * Makes a user's own loss by its class name: {@code class:com.acme.MyLoss}. The class is known to
 * the thread's context class loader, implements {@link Loss}, and has a public constructor without
 * parameters. A class that is no loss is not initialised.
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
  public Set<String> names(LossInput input) {
    return names();
  }

  @Override
  public Loss parse(String name, String argument) {
    try {
      ClassLoader context = Thread.currentThread().getContextClassLoader();
      Class<?> type =
          Class.forName(argument, false, context == null ? Loss.class.getClassLoader() : context);
      if (!Loss.class.isAssignableFrom(type)) {
        throw new IllegalArgumentException(
            "class: expected a class that implements org.autoloss.loss.Loss, got " + argument);
      }
      return ForeignLoss.of(type.asSubclass(Loss.class).getConstructor().newInstance());
    } catch (ClassNotFoundException e) {
      throw new IllegalArgumentException(
          "class: expected a class on the class path, got '"
              + Excerpt.of(argument)
              + "'; add its jar by --plugins, or by -cp in your own program",
          e);
    } catch (InvocationTargetException e) {
      throw new IllegalArgumentException(
          "class: expected a constructor of "
              + argument
              + " that returns, got "
              + Foreign.described(e.getCause()),
          e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException(
          "class: expected a public class with a public constructor without parameters, got "
              + argument,
          e);
    } catch (LinkageError e) {
      Throwable cause = e instanceof ExceptionInInitializerError ? e.getCause() : e;
      throw new IllegalArgumentException(
          "class: expected a class that can be loaded, with all that it needs, got '"
              + Excerpt.of(argument)
              + "', and "
              + Foreign.described(cause == null ? e : cause),
          e);
    }
  }

  @Override
  public Loss fromJson(String name, ObjectNode artefact) {
    return parse(name, artefact.path("class").asText(""));
  }
}
