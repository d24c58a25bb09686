package org.autoloss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Names of devices. */
class DeviceTest {
  @ParameterizedTest
  @CsvSource({"cpu,-1,cpu", "cuda,0,cuda:0", "cuda:0,0,cuda:0", "cuda:12,12,cuda:12"})
  void of_name_isThatDevice(String name, int gpu, String written) {
    Device device = Device.of("--device", name);
    assertThat(device.gpu()).isEqualTo(gpu);
    assertThat(device).hasToString(written);
    assertThat(Device.of("--device", written)).isEqualTo(device);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "gpu", "CPU", "cpu:0", "cuda:", "cuda:-1", "cuda:99999", "cuda 1"})
  void of_anythingElse_isOneSentence(String name) {
    assertThatThrownBy(() -> Device.of("--device", name))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("--device: expected cpu, cuda or cuda:N (the GPU's number), got " + name);
  }

  @Test
  void requireUsable_cpu_isAlways() {
    assertThatCode(() -> Device.CPU.requireUsable("--device", "take the CPU"))
        .doesNotThrowAnyException();
  }

  @Test
  void requireUsable_gpuThatIsNotThere_saysWhyAndWhatToDo() {
    int devices = Kernels.cudaDevices();
    Device beyond = new Device(devices);
    if (devices == 0) {
      assertThatThrownBy(() -> beyond.requireUsable("--device", "take the CPU"))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage(
              "--device: expected a GPU, got none (" + Kernels.cudaStatus() + "); take the CPU");
    } else {
      assertThatThrownBy(() -> beyond.requireUsable("--device", "take the CPU"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "--device: expected cpu or cuda:0 to cuda:%d, got cuda:%d"
                  .formatted(devices - 1, devices));
    }
  }
}
