package org.autoloss.task.pose;

import org.autoloss.data.Extent;
import org.autoloss.data.pose.HeatMaps;
import org.autoloss.data.pose.PoseBatch;
import org.autoloss.nn.Network;
import org.autoloss.task.DevicePool;
import org.bytedeco.pytorch.Tensor;

/** Batches and heat maps as tensors, and back. */
final class HeatMapTensors {
  private HeatMapTensors() {}

  /** {@code [N,3,H,W]} on a network's device: a batch's inputs, or what became of them. */
  static Tensor inputs(Network network, PoseBatch batch, float[] inputs) {
    return DevicePool.send(
        network.parameters().device(),
        Tensor.create(
            inputs, batch.examples().size(), 3, batch.size().height(), batch.size().width()));
  }

  /** {@code [N,K,H,W]}. */
  static Tensor values(HeatMaps maps) {
    return Tensor.create(
        maps.values(), maps.size(), maps.points(), maps.map().height(), maps.map().width());
  }

  /** {@code [N,K]}. */
  static Tensor present(HeatMaps maps) {
    return Tensor.create(maps.present(), maps.size(), maps.points());
  }

  /** What a network gave. */
  static HeatMaps of(Tensor maps) {
    float[] values = new float[Math.toIntExact(maps.numel())];
    maps.cpu().contiguous().data_ptr_float().get(values);
    Extent size = new Extent((int) maps.size(2), (int) maps.size(3));
    return HeatMaps.of((int) maps.size(0), (int) maps.size(1), size, values);
  }
}
