package org.autoloss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The CUDA kernels, run on the CPU: each check of {@code native/test/checks} is a test here. They
 * compare every kernel with the operation of the same name in {@code native/cpu}.
 */
class CudaKernelsTest {
  private static final Path PROGRAM =
      Path.of("target/native/build/test/kernel_checks_on_cpu").toAbsolutePath();

  @TestFactory
  Stream<DynamicTest> checks() throws IOException, InterruptedException {
    Output list = run("--list");
    assertThat(list.status()).as(list.text()).isZero();
    return list.text()
        .lines()
        .map(
            name ->
                dynamicTest(
                    name,
                    () -> {
                      Output output = run(name);
                      assertThat(output.status()).as(output.text()).isZero();
                    }));
  }

  private record Output(int status, String text) {}

  private static Output run(String argument) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(PROGRAM.toString(), argument).redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Output(process.waitFor(), text);
  }
}
