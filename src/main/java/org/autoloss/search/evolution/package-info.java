/**
 * AutoLoss-Zero (Li et al., CVPR 2022, arXiv 2103.14026): the evolution of loss graphs from
 * scratch, with its three economies: loss rejection, gradient equivalence, and the early stop of
 * proxies.
 *
 * <p>{@link org.autoloss.search.evolution.ZeroSearch} tells the algorithm; {@link
 * org.autoloss.search.evolution.LossRejection} decides which candidates deserve a proxy.
 */
package org.autoloss.search.evolution;
