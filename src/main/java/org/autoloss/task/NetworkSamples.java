package org.autoloss.task;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.autoloss.graph.BranchSample;
import org.autoloss.graph.BranchSamples;
import org.autoloss.graph.RejectionProtocol;
import org.autoloss.loss.LossInput;
import org.autoloss.loss.Pair;
import org.autoloss.train.TorchThreads;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Samples of the rejection protocol from what a network predicts in training: what its branches
 * would give their losses.
 *
 * <p>For branches of classes, of yes or no, and of boxes. Of heat maps a {@link Pair} does not tell
 * how far from its place a keypoint may be: such a task makes its samples itself.
 */
public final class NetworkSamples {
  // An image that says nothing about a branch is passed over, so many times for each sample.
  private static final int TRIES = 20;

  private static final float ROUNDING = 1e-4f;

  private NetworkSamples() {}

  /**
   * The protocols of branches, all on the same images.
   *
   * @param model the initial network, one image a batch; batch 0 and those after it are looked at,
   *     until each branch has its samples
   * @param branches that losses are searched for
   * @param plan how many samples, and how candidates are tried out
   * @return by the branches' names
   * @throws IllegalArgumentException if a branch finds no image that says something about it
   */
  public static Map<String, RejectionProtocol> protocols(
      TaskModel model, List<Branch> branches, RejectionPlan plan) {
    Map<String, RejectionProtocol> protocols = new LinkedHashMap<>();
    samples(model, branches, plan.samples())
        .forEach(
            (branch, samples) ->
                protocols.put(
                    branch, RejectionProtocol.on(plan.device(), samples, plan.settings())));
    return protocols;
  }

  /**
   * The samples of branches.
   *
   * @param model the initial network, one image a batch
   * @param branches for whose losses
   * @param count how many for each
   * @return by the branches' names
   * @throws IllegalArgumentException if a branch finds no image that says something about it
   */
  public static Map<String, BranchSamples> samples(
      TaskModel model, List<Branch> branches, int count) {
    Map<String, List<BranchSample>> found = new LinkedHashMap<>();
    branches.forEach(branch -> found.put(branch.name(), new ArrayList<>()));
    TorchThreads.single(
        () -> {
          for (long step = 0; step < (long) TRIES * count && !enough(found, count); step++) {
            TorchThreads.requireUninterrupted("samples");
            look(model, step, branches, count, found);
          }
          return null;
        });
    Map<String, BranchSamples> samples = new LinkedHashMap<>();
    for (Branch branch : branches) {
      List<BranchSample> own = found.get(branch.name());
      if (own.isEmpty()) {
        throw new IllegalArgumentException(
            "rejection: expected images of the train split that say something about "
                + branch.name()
                + ", got "
                + TRIES * count
                + " without; switch it off (--no-rejection --no-equivalence)");
      }
      samples.put(branch.name(), new BranchSamples(branch.input(), own));
    }
    return samples;
  }

  private static boolean enough(Map<String, List<BranchSample>> found, int count) {
    return found.values().stream().allMatch(each -> each.size() >= count);
  }

  private static void look(
      TaskModel model,
      long step,
      List<Branch> branches,
      int count,
      Map<String, List<BranchSample>> found) {
    try (PointerScope scope = new PointerScope()) {
      Map<String, Pair> pairs = model.forward(step);
      for (Branch branch : branches) {
        List<BranchSample> own = found.get(branch.name());
        if (own.size() < count) {
          sample(branch.input(), pairs.get(branch.name())).ifPresent(own::add);
        }
      }
    }
  }

  /** Empty where there is nothing to learn, or only one of the classes. */
  private static Optional<BranchSample> sample(LossInput input, Pair pair) {
    if (pair.predicted().numel() == 0) {
      return Optional.empty();
    }
    return switch (input) {
      case CLASSES -> classes(pair.predicted(), pair.target());
      case BINARY -> binary(pair.predicted(), pair.target());
      case BOXES -> boxes(floats(pair.predicted()), floats(pair.target()));
      default ->
          throw new IllegalArgumentException(
              "branch: expected classes, binary or boxes, got " + input.label());
    };
  }

  private static Optional<BranchSample> classes(Tensor predicted, Tensor target) {
    int[] labels = new int[Math.toIntExact(target.numel())];
    target.cpu().to(ScalarType.Int).contiguous().data_ptr_int().get(labels);
    int[] shape = IntStream.range(0, 4).map(i -> Math.toIntExact(predicted.size(i))).toArray();
    long kinds =
        Arrays.stream(labels).filter(each -> each >= 0 && each < shape[1]).distinct().count();
    return kinds < 2
        ? Optional.empty()
        : Optional.of(
            BranchSample.classes(
                shape[0], shape[1], shape[2], shape[3], floats(predicted), labels));
  }

  private static Optional<BranchSample> binary(Tensor predicted, Tensor target) {
    float[] targets = floats(target);
    for (int i = 0; i < targets.length; i++) {
      targets[i] = share(targets[i]);
    }
    long yes = IntStream.range(0, targets.length).filter(i -> targets[i] > 0.5f).count();
    return yes == 0 || yes == targets.length
        ? Optional.empty()
        : Optional.of(
            BranchSample.binary(
                Math.toIntExact(predicted.size(0)),
                Math.toIntExact(predicted.size(2)),
                Math.toIntExact(predicted.size(3)),
                floats(predicted),
                targets));
  }

  /** A mean of pixels may round to above 1; what is farther off stays, and is refused. */
  private static float share(float target) {
    float within = Math.min(1, Math.max(0, target));
    return Math.abs(target - within) <= ROUNDING ? within : target;
  }

  /** A box without an area says nothing. */
  private static Optional<BranchSample> boxes(float[] predicted, float[] target) {
    int[] good =
        IntStream.range(0, predicted.length / 4)
            .map(i -> 4 * i)
            .filter(at -> BranchSample.hasArea(predicted, at) && BranchSample.hasArea(target, at))
            .toArray();
    return good.length == 0
        ? Optional.empty()
        : Optional.of(BranchSample.boxes(chosen(predicted, good), chosen(target, good)));
  }

  private static float[] chosen(float[] boxes, int[] places) {
    float[] some = new float[4 * places.length];
    for (int i = 0; i < places.length; i++) {
      System.arraycopy(boxes, places[i], some, 4 * i, 4);
    }
    return some;
  }

  private static float[] floats(Tensor tensor) {
    float[] values = new float[Math.toIntExact(tensor.numel())];
    tensor.detach().cpu().to(ScalarType.Float).contiguous().data_ptr_float().get(values);
    return values;
  }
}
