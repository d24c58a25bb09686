package org.autoloss.nn;

/** Makes the norms of a network, all of one kind. */
@FunctionalInterface
public interface Norm {
  /** {@link BatchNorm}. */
  Norm BATCH = BatchNorm::new;

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
