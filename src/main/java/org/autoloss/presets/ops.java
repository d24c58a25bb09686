package org.autoloss.presets;

import org.bytedeco.javacpp.annotation.Platform;
import org.bytedeco.javacpp.annotation.Properties;
import org.bytedeco.javacpp.tools.Info;
import org.bytedeco.javacpp.tools.InfoMap;
import org.bytedeco.javacpp.tools.InfoMapper;

/** JavaCPP configuration: which header is parsed, which library is linked and packed. */
@Properties(
    value = {
      @Platform(
          value = {"linux-x86_64", "linux-arm64"},
          include = "autoloss/ops.h",
          link = "autoloss",
          preload = "gomp@.1"),
      // natives with CUDA kernels, where their jar is on the class path
      @Platform(value = "linux-x86_64", extension = "-gpu")
    },
    target = "org.autoloss.global.ops")
public class ops implements InfoMapper {
  @Override
  public void map(InfoMap infoMap) {
    // what JavaCPP writes for a struct overrides generic methods by plain ones
    infoMap.put(
        new Info(
                "autoloss::Batch",
                "autoloss::GraphProtocol",
                "autoloss::PixelRule",
                "autoloss::RoiGrid")
            .annotations("@SuppressWarnings(\"unchecked\")"));
  }
}
