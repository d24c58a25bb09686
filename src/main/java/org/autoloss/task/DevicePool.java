package org.autoloss.task;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.autoloss.Device;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;

/** The devices of a task: each model gets the one that has the fewest. Thread-safe. */
public final class DevicePool {
  private static final int MOST_THREADS = 8;

  private final Map<Device, Integer> models = new LinkedHashMap<>();

  /**
   * Some devices.
   *
   * @param devices different ones
   * @throws IllegalArgumentException if one is not there, or is named twice
   * @throws IllegalStateException if there is no GPU where one is named
   */
  public DevicePool(List<Device> devices) {
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
   * @param names separated by commas
   * @return the devices, in this order
   * @throws IllegalArgumentException if a name is unknown
   */
  public static List<Device> parse(String names) {
    return Arrays.stream(names.split(",", -1))
        .map(name -> Device.of("device", name.strip()))
        .toList();
  }

  /**
   * The names that {@link #parse} reads.
   *
   * @param devices in this order
   * @return separated by commas
   */
  public static String names(List<Device> devices) {
    return devices.stream().map(Device::toString).collect(Collectors.joining(","));
  }

  /**
   * How many threads make a training's batches: a GPU waits for none.
   *
   * @return 1 where networks are on the CPU
   */
  public synchronized int threads() {
    int cores = Runtime.getRuntime().availableProcessors();
    boolean gpu = models.keySet().stream().anyMatch(device -> !device.isCpu());
    return gpu ? Math.max(1, Math.min(MOST_THREADS, cores - 1)) : 1;
  }

  /**
   * The same numbers on a device; the host does not wait for the copy.
   *
   * @param device where to
   * @param tensor on the CPU
   * @return the tensor itself where the device is the CPU
   */
  public static Tensor send(Device device, Tensor tensor) {
    if (device.isCpu()) {
      return tensor;
    }
    // From pinned memory, which libtorch keeps until the copy is done.
    return tensor
        .pin_memory()
        .to(
            new org.bytedeco.pytorch.Device(device.toString()),
            tensor.scalar_type(),
            true,
            false,
            new MemoryFormatOptional());
  }

  /**
   * A device for one more model.
   *
   * @return to be given back
   */
  public synchronized Device take() {
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

  /**
   * Ends a model.
   *
   * @param device that {@link #take} gave
   */
  public synchronized void give(Device device) {
    models.merge(device, -1, Integer::sum);
  }
}
