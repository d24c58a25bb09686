package org.autoloss.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.autoloss.Device;
import org.autoloss.train.Precision;
import picocli.CommandLine.Option;

/** The options that say where networks are trained, and how precisely. */
final class DeviceOptions {
  private static final String DEVICE = "--device";

  @Option(
      names = {DEVICE, "--devices"},
      split = ",",
      defaultValue = "cpu",
      paramLabel = "DEVICE",
      description = {
        "where networks are: cpu, cuda, cuda:N, or several GPUs, cuda:0,cuda:1, which workers share",
        "(needs NVIDIA GPUs, and a build with CUDA kernels and libtorch for CUDA, see the README)"
      })
  private List<String> devices;

  @Option(
      names = "--precision",
      defaultValue = "float32",
      description =
          "float32, or bfloat16: convolutions and products in bfloat16, weights and losses in"
              + " float32")
  private String precision;

  /** Says what is wrong before any data is read. */
  void addTo(ObjectNode json) {
    for (String device : devices) {
      Device.of(DEVICE, device).requireUsable(DEVICE, "leave it out to use the CPU");
    }
    if (!devices.equals(List.of(Device.CPU.toString()))) {
      json.put("device", String.join(",", devices));
    }
    if (Precision.of(precision) != Precision.FLOAT32) {
      json.put("precision", precision);
    }
  }
}
