package org.autoloss.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The option that says which weights a task's networks begin with. */
final class InitOption {
  @Option(
      names = "--init",
      paramLabel = "FILE",
      description = {
        "weights to begin with, as far as they fit: safetensors, or PyTorch's .pth; such as",
        "a backbone's of ImageNet (default: fresh weights)"
      })
  private Path file;

  void addTo(ObjectNode settings) {
    if (file != null) {
      settings.put("init", file.toString());
    }
  }
}
