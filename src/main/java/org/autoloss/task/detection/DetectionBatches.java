package org.autoloss.task.detection;

import java.util.List;
import java.util.Objects;
import java.util.stream.LongStream;
import org.autoloss.Device;
import org.autoloss.data.ObjectBatch;
import org.autoloss.data.ObjectDataset;
import org.autoloss.data.ObjectExample;
import org.autoloss.data.ObjectLabel;
import org.autoloss.data.ObjectLoader;
import org.autoloss.data.ObjectTransform;
import org.autoloss.data.Target;
import org.autoloss.nn.models.rcnn.ImageBatch;
import org.autoloss.nn.models.rcnn.ImageObjects;
import org.autoloss.task.DevicePool;
import org.bytedeco.pytorch.Tensor;

/** Batches as networks that choose regions take them. */
public final class DetectionBatches {
  private static final int STRIDE = 32;

  private final ObjectLoader loader;

  DetectionBatches(ObjectDataset dataset, DetectionSettings settings, int batchSize, long seed) {
    ObjectTransform transform =
        ObjectTransform.training(settings.base().shortSide(), settings.base().longSide())
            .withCrop(settings.smallestCrop());
    loader = new ObjectLoader(dataset, transform, batchSize, STRIDE, seed);
  }

  /**
   * What a step learns from.
   *
   * @param images in one tensor, of the caller's scope
   * @param objects of each image, in pixels of the resized one
   */
  public record Training(ImageBatch images, List<ImageObjects> objects) {}

  /** A batch in memory of Java's; from any thread. */
  ObjectBatch batch(long index) {
    return loader.batch(index);
  }

  /** A batch as tensors on a device, of the caller's scope. */
  static Training training(ObjectBatch batch, Device device) {
    return new Training(
        images(batch, device),
        batch.examples().stream().map(example -> objects(example.target().forTraining())).toList());
  }

  private static ImageObjects objects(Target target) {
    return new ImageObjects(
        target.boxes(),
        LongStream.of(target.labels()).mapToInt(Math::toIntExact).toArray(),
        target.objects().stream().map(ObjectLabel::mask).filter(Objects::nonNull).toList());
  }

  /** Examples as a network's input. */
  static ImageBatch images(List<ObjectExample> examples, Device device) {
    return images(ObjectBatch.of(examples, STRIDE), device);
  }

  private static ImageBatch images(ObjectBatch batch, Device device) {
    List<ObjectExample> examples = batch.examples();
    return new ImageBatch(
        DevicePool.send(
            device,
            Tensor.create(batch.images(), examples.size(), 3, batch.height(), batch.width())),
        examples.stream().map(ObjectExample::height).toList(),
        examples.stream().map(ObjectExample::width).toList());
  }
}
