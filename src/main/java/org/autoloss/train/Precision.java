package org.autoloss.train;

import java.util.Locale;
import org.autoloss.Device;
import org.autoloss.internal.ElementTypes;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.DeviceType;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The precision that a network computes in. Weights, gradients and optimiser are float32 in any
 * case, and so are logits and losses.
 */
public enum Precision {
  /** 24 bits of mantissa. */
  FLOAT32,
  /**
   * libtorch's autocast to bfloat16: convolutions and products in 8 bits of mantissa, what needs
   * more in float32, as libtorch's own lists say. bfloat16 has the range of float32, so that
   * gradients need no scaling.
   */
  BFLOAT16;

  /**
   * The precision of a name.
   *
   * @param name in any case
   * @return the precision
   * @throws IllegalArgumentException if there is none of that name
   */
  public static Precision of(String name) {
    for (Precision precision : values()) {
      if (precision.label().equals(name.toLowerCase(Locale.ROOT))) {
        return precision;
      }
    }
    throw new IllegalArgumentException(
        "precision: expected float32 or bfloat16, got '" + name + "'");
  }

  /**
   * The name on the command line and in files.
   *
   * @return lower case
   */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Until it is closed, networks compute in a precision on this thread. */
  public interface Scope extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Begins to compute in this precision, on this thread.
   *
   * @param device where networks are
   * @return to be closed on this thread; what networks give before may be no float32, see {@link
   *     #wide}
   */
  public Scope on(Device device) {
    if (this == FLOAT32) {
      return () -> {};
    }
    DeviceType type = device.isCpu() ? DeviceType.CPU : DeviceType.CUDA;
    boolean enabled = torch.is_autocast_enabled(type);
    ScalarType dtype = torch.get_autocast_dtype(type);
    boolean cached = torch.is_autocast_cache_enabled();
    torch.set_autocast_dtype(type, ScalarType.BFloat16);
    // Weights are cast at each use: a cache would outlive the step that changes them.
    torch.set_autocast_cache_enabled(false);
    torch.set_autocast_enabled(type, true);
    return () -> {
      torch.set_autocast_enabled(type, enabled);
      torch.set_autocast_dtype(type, dtype);
      torch.set_autocast_cache_enabled(cached);
    };
  }

  /**
   * A network's output for losses and metrics.
   *
   * @param output of any real type
   * @return the same in float32, itself if it is
   */
  public static Tensor wide(Tensor output) {
    return ElementTypes.of(output) == ScalarType.Float ? output : output.to(ScalarType.Float);
  }
}
