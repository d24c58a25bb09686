package org.autoloss.nn.models.rcnn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.autoloss.nn.Pass;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * Runs Faster R-CNN: in trainings as far as its losses, else as far as detections. The numbers that
 * are not in {@link DetectorSettings} are those of the network's {@link Variant}.
 *
 * @param network the blocks
 * @param settings how regions are chosen
 */
public record RegionDetector(FasterRcnn network, DetectorSettings settings)
    implements ObjectDetector {
  /** A training step, and what a further head needs of it. */
  record Sampled(List<Tensor> features, List<SampledRegions> regions, TrainingStep step) {}

  /**
   * A training step, without losses.
   *
   * @param batch of images
   * @param objects of each image
   * @param draw how anchors and regions are sampled
   * @param pass to learn
   * @return what the losses compare; the tensors belong to the caller's {@link PointerScope}
   */
  public TrainingStep train(ImageBatch batch, List<ImageObjects> objects, Draw draw, Pass pass) {
    return sample(batch, objects, draw, pass).step();
  }

  Sampled sample(ImageBatch batch, List<ImageObjects> objects, Draw draw, Pass pass) {
    List<Tensor> features = network.features(batch.images(), pass);
    ProposalHead.Answer answer = network.propose(features, pass);
    Proposals chooser = Proposals.of(network, features, batch.padded());
    List<SampledAnchors> anchors = new ArrayList<>();
    List<SampledRegions> regions = new ArrayList<>();
    List<Candidates> proposals = propose(answer, chooser, batch, true);
    for (ImageObjects each : objects) {
      anchors.add(
          SampledAnchors.of(
              chooser.anchors(), each, settings.anchorSamples(), draw, network.variant()));
    }
    for (int i = 0; i < objects.size(); i++) {
      float[] boxes = proposals.get(i).boxes();
      regions.add(SampledRegions.of(boxes, objects.get(i), settings.regionSamples(), draw));
    }
    RegionHead.Answer classified = classify(features, regions, batch, pass);
    TrainingStep step =
        new StepTensors(objects, features.get(0).device(), network.variant())
            .step(answer, chooser.anchors(), anchors, classified, regions);
    return new Sampled(features, regions, step);
  }

  private RegionHead.Answer classify(
      List<Tensor> features, List<SampledRegions> regions, ImageBatch batch, Pass pass) {
    int[] images = StepTensors.images(regions);
    float[] boxes = StepTensors.join(regions.stream().map(SampledRegions::boxes).toList());
    Tensor finest = features.get(0);
    Tensor pooled =
        images.length > 0
            ? pooling(features, batch).pool(images, boxes, FasterRcnn.POOLED)
            : finest.new_zeros(0, finest.size(1), FasterRcnn.POOLED, FasterRcnn.POOLED);
    return network.classify(pooled, pass);
  }

  @Override
  public List<ImageDetections> detect(ImageBatch batch) {
    try (PointerScope scope = new PointerScope();
        NoGradGuard guard = new NoGradGuard()) {
      return detect(network.features(batch.images(), Pass.EVALUATION), batch);
    }
  }

  List<ImageDetections> detect(List<Tensor> features, ImageBatch batch) {
    ProposalHead.Answer answer = network.propose(features, Pass.EVALUATION);
    Proposals chooser = Proposals.of(network, features, batch.padded());
    List<Candidates> proposals = propose(answer, chooser, batch, false);
    List<ImageDetections> detections = new ArrayList<>();
    for (int i = 0; i < batch.size(); i++) {
      float[] boxes = proposals.get(i).boxes();
      detections.add(detect(features, boxes, i, batch));
    }
    return detections;
  }

  /** The proposals of each image. */
  List<Candidates> propose(
      ProposalHead.Answer answer, Proposals chooser, ImageBatch batch, boolean learns) {
    List<Candidates> proposals = new ArrayList<>();
    for (int i = 0; i < batch.size(); i++) {
      proposals.add(
          chooser.choose(
              StepTensors.floats(answer.objectness().select(0, i)),
              StepTensors.floats(answer.deltas().select(0, i)),
              batch.heights().get(i),
              batch.widths().get(i),
              settings.candidates().of(learns),
              settings.proposals().of(learns)));
    }
    return proposals;
  }

  /** Pools from all levels but the coarsest, which only proposes. */
  RegionPooling pooling(List<Tensor> features, ImageBatch batch) {
    return new RegionPooling(
        features.subList(0, features.size() - 1),
        Collections.max(batch.heights()),
        network.variant());
  }

  private ImageDetections detect(
      List<Tensor> features, float[] proposals, int image, ImageBatch batch) {
    if (proposals.length == 0) {
      return new ImageDetections(new float[0], new float[0], new int[0]);
    }
    int[] images = new int[proposals.length / 4];
    Arrays.fill(images, image);
    Tensor pooled = pooling(features, batch).pool(images, proposals, FasterRcnn.POOLED);
    RegionHead.Answer answer = network.classify(pooled, Pass.EVALUATION);
    Candidates best =
        candidates(answer, proposals, batch.heights().get(image), batch.widths().get(image))
            .best(DetectorSettings.DETECTION_OVERLAP, settings.detections());
    return new ImageDetections(best.boxes(), best.scores(), best.groups());
  }

  /** A candidate for each region and class, without the background, where the score allows. */
  private Candidates candidates(
      RegionHead.Answer answer, float[] proposals, int height, int width) {
    int classes = network.classes();
    int regions = proposals.length / 4;
    float[] scores = StepTensors.floats(answer.logits().softmax(1));
    float[] deltas = StepTensors.floats(answer.deltas());
    int count = regions * (classes - 1);
    Candidates all = new Candidates(new float[4 * count], new float[count], new int[count]);
    float[] references = new float[4 * count];
    float[] moved = new float[4 * count];
    for (int i = 0; i < count; i++) {
      int region = i / (classes - 1);
      int label = i % (classes - 1) + 1;
      all.groups()[i] = label;
      all.scores()[i] = scores[region * classes + label];
      System.arraycopy(proposals, 4 * region, references, 4 * i, 4);
      System.arraycopy(deltas, 4 * (region * classes + label), moved, 4 * i, 4);
    }
    float[] boxes = network.variant().detections().decode(moved, references);
    Candidates decoded = new Candidates(boxes, all.scores(), all.groups());
    decoded.clip(height, width);
    return decoded.large(network.variant().detectionSide(), settings.score());
  }
}
