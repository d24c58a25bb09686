package org.autoloss;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A virtual machine of its own, for what depends on how it is started. */
public final class JavaProcess {
  private final List<String> options = new ArrayList<>();
  private final Map<String, String> environment = new TreeMap<>();
  private String classPath = System.getProperty("java.class.path");
  private Path folder = Path.of("").toAbsolutePath();

  /**
   * What it has left.
   *
   * @param exitCode its exit code
   * @param output what it has printed, also to standard error
   */
  public record Result(int exitCode, String output) {}

  /** One that starts as this one did, but for the memory it takes. */
  public JavaProcess() {
    option("-XX:TieredStopAtLevel=1");
    option("-Djava.awt.headless=true");
  }

  /** The same with an option of Java. */
  public JavaProcess option(String option) {
    options.add(option);
    return this;
  }

  /** The same with another class path. */
  public JavaProcess classPath(String path) {
    classPath = path;
    return this;
  }

  /** The same with a variable of the environment. */
  public JavaProcess environment(String name, String value) {
    environment.put(name, value);
    return this;
  }

  /** The same in another working folder. */
  public JavaProcess in(Path working) {
    folder = working;
    return this;
  }

  /** A process builder, for what {@link #run} does not do. */
  public ProcessBuilder builder(Class<?> main, Object... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(List.of("-cp", classPath, main.getName()));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().putAll(environment);
    return builder;
  }

  /** Runs a class to its end. */
  public Result run(Class<?> main, Object... arguments) throws IOException, InterruptedException {
    Process process = builder(main, arguments).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    return new Result(process.waitFor(), output);
  }
}
