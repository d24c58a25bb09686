package org.autoloss.task.segmentation;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.autoloss.Device;

/** The devices of a task: each model gets the one that has the fewest. Thread-safe. */
final class DevicePool {
  private final Map<Device, Integer> models = new LinkedHashMap<>();

  /**
   * Some devices.
   *
   * @throws IllegalArgumentException if one is not there, or is named twice
   * @throws IllegalStateException if there is no GPU where one is named
   */
  DevicePool(List<Device> devices) {
    for (Device device : devices) {
      device.requireUsable("device", "take the CPU (leave out --device)");
      if (models.put(device, 0) != null) {
        throw new IllegalArgumentException(
            "device: expected different devices, got " + device + " twice");
      }
    }
  }

  /**
   * Reads {@code cuda:0,cuda:1}.
   *
   * @throws IllegalArgumentException if a name is unknown
   */
  static List<Device> parse(String names) {
    return Arrays.stream(names.split(",", -1))
        .map(name -> Device.of("device", name.strip()))
        .toList();
  }

  /** The names that {@link #parse} reads. */
  static String names(List<Device> devices) {
    return devices.stream().map(Device::toString).collect(Collectors.joining(","));
  }

  synchronized Device take() {
    int fewest = Collections.min(models.values());
    Device device =
        models.entrySet().stream()
            .filter(each -> each.getValue() == fewest)
            .findFirst()
            .orElseThrow()
            .getKey();
    models.merge(device, 1, Integer::sum);
    return device;
  }

  synchronized void give(Device device) {
    models.merge(device, -1, Integer::sum);
  }
}
