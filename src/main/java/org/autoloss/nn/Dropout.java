package org.autoloss.nn;

import static org.bytedeco.pytorch.global.torch.empty_like;
import static org.bytedeco.pytorch.global.torch.globalContext;

import org.bytedeco.pytorch.Generator;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Dropout (Srivastava et al., JMLR 15, 2014): in trainings, values become 0 at random, and those
 * that stay are divided by the share that stays. What is dropped depends on the {@link Pass}'s seed
 * and on this block's place alone, not on what else was drawn.
 */
public final class Dropout implements Block {
  private final String path;
  private final double rate;
  private final boolean channels;

  private Dropout(String path, double rate, boolean channels) {
    if (!(rate >= 0 && rate < 1)) {
      throw new IllegalArgumentException(
          "dropout: expected a share from 0 to below 1, got " + rate);
    }
    this.path = path;
    this.rate = rate;
    this.channels = channels;
  }

  /**
   * Drops single values; PyTorch's {@code Dropout}.
   *
   * @param scope its place
   * @param rate share that is dropped
   * @return the block
   */
  public static Dropout ofValues(Scope scope, double rate) {
    return new Dropout(scope.path(), rate, false);
  }

  /**
   * Drops whole channels of an image; PyTorch's {@code Dropout2d}.
   *
   * @param scope its place
   * @param rate share that is dropped
   * @return the block
   */
  public static Dropout ofChannels(Scope scope, double rate) {
    return new Dropout(scope.path(), rate, true);
  }

  @Override
  public Tensor forward(Tensor input, Pass pass) {
    if (!pass.training() || rate == 0) {
      return input;
    }
    Tensor mask =
        channels ? input.new_empty(input.size(0), input.size(1), 1, 1) : empty_like(input);
    // A generator of its own: libtorch's is everybody's.
    Generator generator = globalContext().defaultGenerator(input.device()).clone();
    generator.set_current_seed(pass.seed(path));
    mask.bernoulli_(1 - rate, new GeneratorOptional(generator)).div_(new Scalar(1 - rate));
    return input.mul(mask);
  }
}
