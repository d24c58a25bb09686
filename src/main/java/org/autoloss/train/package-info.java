/**
 * How networks are trained and evaluated.
 *
 * <p>A {@link org.autoloss.train.Trainer} takes any {@link org.autoloss.loss.Loss}. Every training
 * and evaluation runs on one libtorch thread ({@link org.autoloss.train.TorchThreads}), so that its
 * result does not depend on how many others run beside it.
 */
package org.autoloss.train;
