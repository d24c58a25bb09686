/**
 * AutoLoss for Java: losses found for a metric, and native kernels that make them cheap. Begin with
 * {@link org.autoloss.loss.Loss}.
 */
package org.autoloss;
