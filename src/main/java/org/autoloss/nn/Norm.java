package org.autoloss.nn;

/** Makes the norms of a network, all of one kind. */
@FunctionalInterface
public interface Norm {
  /** {@link BatchNorm}. */
  Norm BATCH = BatchNorm::new;

  /**
   * {@link BatchNorm} whose weights begin at 0: a residual block that it ends begins as identity.
   */
  Norm BATCH_FROM_ZERO = (scope, channels) -> new BatchNorm(scope, channels, 0);

  /** {@link FrozenBatchNorm} with PyTorch's epsilon. */
  Norm FROZEN = (scope, channels) -> new FrozenBatchNorm(scope, channels, BatchNorm.EPSILON);

  /**
   * Declares a norm.
   *
   * @param scope its place
   * @param channels of its input
   * @return the norm
   */
  Block declare(Scope scope, int channels);
}
