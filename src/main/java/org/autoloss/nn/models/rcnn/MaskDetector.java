package org.autoloss.nn.models.rcnn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.autoloss.nn.Pass;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Runs Mask R-CNN: Faster R-CNN, then the masks of what it samples or finds. The numbers are
 * torchvision's.
 *
 * @param network the blocks
 * @param settings how regions are chosen
 * @param targets what masks should have been
 */
public record MaskDetector(MaskRcnn network, DetectorSettings settings, MaskTargets targets)
    implements ObjectDetector {
  /**
   * A training step, without losses.
   *
   * @param batch of images
   * @param objects of each image, with masks
   * @param draw how anchors and regions are sampled
   * @param pass to learn
   * @return what the losses compare; the tensors belong to the caller's {@link PointerScope}
   * @throws IllegalArgumentException if an object has no mask
   */
  public MaskStep train(ImageBatch batch, List<ImageObjects> objects, Draw draw, Pass pass) {
    RegionDetector.Sampled sampled = boxes().sample(batch, objects, draw, pass);
    List<float[]> wanted = new ArrayList<>();
    for (int i = 0; i < objects.size(); i++) {
      requireMasks(objects.get(i));
      wanted.add(
          targets.of(
              sampled.regions().get(i),
              objects.get(i).masks(),
              batch.heights().get(i),
              batch.widths().get(i)));
    }
    float[] all = StepTensors.join(wanted);
    long[] shape = {all.length / (MaskHead.SIZE * MaskHead.SIZE), 1, MaskHead.SIZE, MaskHead.SIZE};
    Tensor logits = logits(sampled, batch, shape, pass);
    return new MaskStep(
        sampled.step(), logits, Tensor.create(all, shape).to(logits.device(), ScalarType.Float));
  }

  private static void requireMasks(ImageObjects objects) {
    if (objects.masks().size() != objects.labels().length) {
      throw new IllegalArgumentException(
          "objects: expected " + objects.labels().length + " masks, got " + objects.masks().size());
    }
  }

  private RegionDetector boxes() {
    return new RegionDetector(network.boxes(), settings);
  }

  private Tensor logits(RegionDetector.Sampled sampled, ImageBatch batch, long[] shape, Pass pass) {
    List<SampledRegions> positive =
        sampled.regions().stream().map(SampledRegions::withObjects).toList();
    if (shape[0] == 0) { // not all of libtorch's operations take an empty batch
      return sampled.features().get(0).flatten().narrow(0, 0, 0).view(shape);
    }
    int[] labels = positive.stream().flatMapToInt(each -> IntStream.of(each.labels())).toArray();
    float[] regions = StepTensors.join(positive.stream().map(SampledRegions::boxes).toList());
    return logits(
        boxes().pooling(sampled.features(), batch),
        StepTensors.images(positive),
        regions,
        labels,
        pass);
  }

  /** The masks of regions, each of one class: {@code [R,1,28,28]}. */
  private Tensor logits(
      RegionPooling pooling, int[] images, float[] regions, int[] labels, Pass pass) {
    Tensor all = network.masks(pooling.pool(images, regions, MaskHead.POOLED), pass);
    long classes = all.size(1);
    long[] own = new long[labels.length];
    Arrays.setAll(own, i -> i * classes + labels[i]);
    return all.flatten(0, 1)
        .index_select(0, Tensor.create(own, own.length).to(all.device(), ScalarType.Long))
        .unsqueeze(1);
  }

  @Override
  public List<ImageDetections> detect(ImageBatch batch) {
    try (PointerScope scope = new PointerScope();
        NoGradGuard guard = new NoGradGuard()) {
      List<Tensor> features = network.boxes().features(batch.images(), Pass.EVALUATION);
      List<ImageDetections> found = boxes().detect(features, batch);
      RegionPooling pooling = boxes().pooling(features, batch);
      return IntStream.range(0, found.size())
          .mapToObj(image -> found.get(image).withMasks(masks(pooling, image, found.get(image))))
          .toList();
    }
  }

  private float[] masks(RegionPooling pooling, int image, ImageDetections found) {
    int[] images = new int[found.labels().length];
    Arrays.fill(images, image);
    return images.length == 0
        ? new float[0]
        : StepTensors.floats(
            logits(pooling, images, found.boxes(), found.labels(), Pass.EVALUATION).sigmoid());
  }
}
