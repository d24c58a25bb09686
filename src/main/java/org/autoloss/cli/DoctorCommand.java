package org.autoloss.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.autoloss.Kernels;
import org.autoloss.internal.Json;
import org.autoloss.internal.Libtorch;
import org.autoloss.internal.SqliteLibrary;
import org.autoloss.loss.Shape;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.autoloss.surrogate.SurrogateLoss;
import org.autoloss.surrogate.SurrogateParameters;
import org.autoloss.surrogate.SurrogateReference;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch;
import org.sqlite.SQLiteJDBCLoader;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code autoloss doctor}: what this machine has, and whether the natives work on it. */
@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    description = "Says what this machine has and whether the native code works on it.")
final class DoctorCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  private final Map<String, String> findings = new LinkedHashMap<>();
  private boolean healthy = true;

  @Override
  public Integer call() {
    Runtime runtime = Runtime.getRuntime();
    find("autoloss", () -> new Main.Version().getVersion()[0].replace("autoloss ", ""));
    find("java", () -> Runtime.version() + " (" + System.getProperty("java.vendor") + ")");
    find("system", () -> System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    find("file names", DoctorCommand::fileNames);
    find("processors", () -> Integer.toString(runtime.availableProcessors()));
    find("java heap", () -> runtime.maxMemory() / (1 << 20) + " MiB at most");
    find("native kernels", () -> "loaded, instruction set " + Kernels.instructionSet());
    find("kernel threads", () -> Integer.toString(Kernels.threads()));
    find("libtorch", DoctorCommand::libtorch);
    find("CUDA", DoctorCommand::cuda);
    find("SQLite", DoctorCommand::sqlite);
    find("self-test", DoctorCommand::selfTest);
    print(spec.commandLine().getOut());
    return healthy ? ExitCode.OK : ExitCode.SOFTWARE;
  }

  private void find(String what, Supplier<String> finding) {
    try {
      findings.put(what, finding.get());
    } catch (RuntimeException | LinkageError e) {
      healthy = false;
      findings.put(what, "FAILED: " + Failures.sentence(e));
    }
  }

  private static String libtorch() {
    Libtorch.load();
    int threads = torch.get_num_threads();
    try {
      return Loader.getVersion("org.bytedeco", "pytorch") + ", " + threads + " threads";
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read libtorch's version", e);
    }
  }

  private static String fileNames() {
    return FileNames.encoding()
        + (FileNames.areUnlimited() ? "" : ", which lacks characters; set LC_ALL=C.UTF-8");
  }

  private static String sqlite() {
    SqliteLibrary.load();
    return SQLiteJDBCLoader.getVersion();
  }

  private static String cuda() {
    Libtorch.load();
    String libtorch = torch.cuda_is_available() ? torch.cuda_device_count() + " GPU(s)" : "no GPU";
    return "kernels: " + Kernels.cudaStatus() + "; libtorch: " + libtorch;
  }

  /** A surrogate on a small batch: the native kernel against the formula in Java. */
  private static String selfTest() {
    Shape shape = new Shape(1, 3, 5, 7);
    float[] logits = new float[(int) shape.elements()];
    double[] exact = new double[logits.length];
    int[] labels = new int[(int) shape.pixels()];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) Math.sin(i);
      exact[i] = logits[i];
    }
    for (int i = 0; i < labels.length; i++) {
      labels[i] = i % 4; // 3 is outside the classes: ignored
    }
    SurrogateParameters parameters = SurrogateParameters.published(SegmentationMetric.MIOU);
    double expected = SurrogateReference.evaluate(parameters, exact, labels, shape, null);
    try (SurrogateLoss loss = SurrogateLoss.of(parameters)) {
      double got = loss.evaluate(logits, labels, shape, null);
      if (!(Math.abs(got - expected) <= 1e-5)) {
        throw new IllegalStateException("expected a loss of " + expected + ", got " + got);
      }
      return "passed";
    }
  }

  private void print(PrintWriter out) {
    if (json) {
      ObjectNode object = Json.MAPPER.createObjectNode();
      findings.forEach(object::put);
      object.put("healthy", healthy);
      out.println(object);
      return;
    }
    findings.forEach((what, finding) -> out.printf(Locale.ROOT, "%-15s %s%n", what, finding));
    out.println(healthy ? "All is well." : "Something is wrong; see FAILED above.");
  }
}
