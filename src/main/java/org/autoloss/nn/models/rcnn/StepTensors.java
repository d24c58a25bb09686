package org.autoloss.nn.models.rcnn;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.autoloss.loss.box.BoxAreas;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * From what was sampled to the tensors that losses compare.
 *
 * @param objects of each image
 * @param device of the network
 * @param variant how boxes are coded
 */
record StepTensors(List<ImageObjects> objects, Device device, Variant variant) {
  TrainingStep step(
      ProposalHead.Answer proposed,
      float[] anchors,
      List<SampledAnchors> sampledAnchors,
      RegionHead.Answer classified,
      List<SampledRegions> sampledRegions) {
    long[] with = places(sampledAnchors, anchors.length / 4, true);
    long[] without = places(sampledAnchors, anchors.length / 4, false);
    long[] all = LongStream.concat(Arrays.stream(with), Arrays.stream(without)).toArray();
    float[] presence = new float[all.length];
    Arrays.fill(presence, 0, with.length, 1);
    int[] labels =
        sampledRegions.stream().flatMapToInt(each -> IntStream.of(each.labels())).toArray();
    BoxTargets regions = regions(classified, sampledRegions, labels);
    return new TrainingStep(
        select(proposed.objectness().flatten(), all),
        floats(presence, all.length),
        anchors(proposed, anchors, sampledAnchors, with, all.length),
        classified.logits(),
        longs(IntStream.of(labels).asLongStream().toArray()),
        regions,
        quality(regions, labels));
  }

  /** On the network's device alone: which regions show objects is known without it. */
  private Tensor quality(BoxTargets regions, int[] labels) {
    long[] positive =
        IntStream.range(0, labels.length).filter(i -> labels[i] > 0).asLongStream().toArray();
    float[] background = new float[labels.length];
    Arrays.fill(background, 1);
    Tensor predicted = regions.coder().decode(regions.deltas().detach(), regions.references());
    BoxAreas areas = BoxAreas.of(predicted, regions.boxes());
    return floats(background, labels.length)
        .index_copy(0, longs(positive), areas.intersection().div(areas.union()));
  }

  /** Where the sampled anchors stand among those of the whole batch. */
  private static long[] places(List<SampledAnchors> sampled, int anchors, boolean positive) {
    return IntStream.range(0, sampled.size())
        .boxed()
        .flatMapToLong(
            image -> {
              BalancedSampler.Sample chosen = sampled.get(image).chosen();
              return IntStream.of(positive ? chosen.positive() : chosen.negative())
                  .mapToLong(place -> (long) image * anchors + place);
            })
        .toArray();
  }

  private BoxTargets anchors(
      ProposalHead.Answer proposed,
      float[] anchors,
      List<SampledAnchors> sampled,
      long[] positive,
      int samples) {
    float[] references =
        join(
            sampled.stream()
                .map(each -> Candidates.boxes(anchors, each.chosen().positive()))
                .toList());
    float[] boxes =
        join(
            IntStream.range(0, sampled.size())
                .mapToObj(i -> sampled.get(i).boxes(objects.get(i)))
                .toList());
    Tensor deltas = select(proposed.deltas().view(-1, 4), positive);
    return targets(deltas, boxes, references, samples, variant.proposals());
  }

  private BoxTargets regions(
      RegionHead.Answer classified, List<SampledRegions> sampled, int[] labels) {
    float[] all = join(sampled.stream().map(SampledRegions::boxes).toList());
    int[] positive = IntStream.range(0, labels.length).filter(i -> labels[i] > 0).toArray();
    long classes = classified.deltas().size(1);
    Tensor deltas =
        select(
            classified.deltas().view(-1, 4),
            IntStream.of(positive).mapToLong(i -> i * classes + labels[i]).toArray());
    float[] boxes =
        join(
            IntStream.range(0, sampled.size())
                .mapToObj(i -> boxes(sampled.get(i), objects.get(i)))
                .toList());
    return targets(
        deltas, boxes, Candidates.boxes(all, positive), labels.length, variant.detections());
  }

  /** The boxes of the objects that regions show. */
  private static float[] boxes(SampledRegions regions, ImageObjects objects) {
    return Candidates.boxes(
        objects.boxes(), IntStream.of(regions.positive()).map(i -> regions.matches()[i]).toArray());
  }

  private BoxTargets targets(
      Tensor deltas, float[] boxes, float[] references, int samples, BoxCoder coder) {
    long count = boxes.length / 4;
    return new BoxTargets(
        deltas,
        floats(coder.encode(boxes, references), count, 4),
        floats(references, count, 4),
        floats(boxes, count, 4),
        samples,
        coder);
  }

  private Tensor select(Tensor rows, long[] places) {
    return rows.index_select(0, longs(places));
  }

  private Tensor longs(long[] values) {
    return Tensor.create(values, values.length).to(device, ScalarType.Long);
  }

  private Tensor floats(float[] values, long... shape) {
    return Tensor.create(values, shape).to(device, ScalarType.Float);
  }

  /** The image of each region. */
  static int[] images(List<SampledRegions> regions) {
    return IntStream.range(0, regions.size())
        .flatMap(i -> IntStream.generate(() -> i).limit(regions.get(i).labels().length))
        .toArray();
  }

  static float[] join(List<float[]> parts) {
    float[] all = new float[parts.stream().mapToInt(part -> part.length).sum()];
    int at = 0;
    for (float[] part : parts) {
      System.arraycopy(part, 0, all, at, part.length);
      at += part.length;
    }
    return all;
  }

  /** A tensor's values on the heap, row-major. */
  static float[] floats(Tensor tensor) {
    float[] values = new float[Math.toIntExact(tensor.numel())];
    if (values.length == 0) {
      return values; // libtorch has no memory for it
    }
    tensor.detach().cpu().contiguous().data_ptr_float().get(values);
    return values;
  }
}
