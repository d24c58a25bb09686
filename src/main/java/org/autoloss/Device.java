package org.autoloss;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.autoloss.global.ops;

/**
 * Where native kernels run: on the CPU, or on an NVIDIA GPU. Whether the GPU is there is another
 * question, see {@link #requireUsable}; so the device of a run can be read anywhere.
 *
 * @param gpu the number of the GPU, as CUDA counts them; -1 for the CPU
 */
public record Device(int gpu) {
  /** The CPU. */
  public static final Device CPU = new Device(-1);

  private static final Pattern NAME = Pattern.compile("cuda(?::(\\d{1,4}))?");

  /**
   * Checks the number.
   *
   * @throws IllegalArgumentException if it is below -1
   */
  public Device {
    if (gpu < -1) {
      throw new IllegalArgumentException(
          "device: expected 0 or more, or -1 for the CPU, got " + gpu);
    }
  }

  /**
   * The device of a name.
   *
   * @param argument what it is called in messages
   * @param name {@code cpu}, {@code cuda} (the first GPU) or {@code cuda:N}
   * @return the device, which need not be there
   * @throws IllegalArgumentException if the name is another
   */
  public static Device of(String argument, String name) {
    Matcher matcher = NAME.matcher(name);
    if (name.equals("cpu")) {
      return CPU;
    }
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          argument + ": expected cpu, cuda or cuda:N (the GPU's number), got " + name);
    }
    return new Device(matcher.group(1) == null ? 0 : Integer.parseInt(matcher.group(1)));
  }

  /**
   * Whether this is the CPU.
   *
   * @return false for a GPU
   */
  public boolean isCpu() {
    return gpu < 0;
  }

  /**
   * Checks that kernels can run here.
   *
   * @param argument what asks for this device, in messages
   * @param remedy what to do where there is no GPU, in messages
   * @throws IllegalStateException if this is a GPU and there is none, or this build has no CUDA
   * @throws IllegalArgumentException if there are GPUs, but none of that number
   */
  public void requireUsable(String argument, String remedy) {
    if (isCpu()) {
      return;
    }
    int devices = Kernels.cudaDevices();
    if (devices == 0) {
      throw new IllegalStateException(
          argument
              + ": expected a GPU, got none ("
              + ops.cuda_status().getString()
              + "); "
              + remedy);
    }
    if (gpu >= devices) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: expected cpu or cuda:0 to cuda:%d, got %s",
              argument,
              devices - 1,
              this));
    }
  }

  /** The name that {@link #of} reads. */
  @Override
  public String toString() {
    return isCpu() ? "cpu" : "cuda:" + gpu;
  }
}
