package org.autoloss.storage;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.autoloss.Kernels;
import org.autoloss.global.ops;
import org.autoloss.internal.Json;
import org.autoloss.internal.Libtorch;
import org.bytedeco.pytorch.global.torch;

/** What a result depends on beside its settings. */
public final class Versions {
  private Versions() {}

  /**
   * The versions in use.
   *
   * @return AutoLoss, libtorch, Java, the operating system, the instruction set of the kernels, and
   *     how they round ({@link Kernels#ROUNDING})
   */
  public static ObjectNode toJson() {
    Libtorch.load();
    String own = Versions.class.getPackage().getImplementationVersion();
    return Json.MAPPER
        .createObjectNode()
        .put("autoloss", own == null ? "development" : own)
        .put("pytorch", torch.class.getPackage().getImplementationVersion())
        .put("java", System.getProperty("java.version"))
        .put("os", System.getProperty("os.name") + " " + System.getProperty("os.arch"))
        .put("instructions", ops.cpu_isa().getString())
        .put("rounding", Kernels.ROUNDING);
  }
}
