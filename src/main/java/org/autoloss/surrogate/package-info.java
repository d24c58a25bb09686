/**
 * Auto Seg-Loss (Li, Tao, Zhu, Wang, Huang, Dai, "Auto Seg-Loss: Searching Metric Surrogates for
 * Semantic Segmentation", ICLR 2021): metrics written with soft logic whose shape is a curve, and
 * the losses that follow from them.
 */
package org.autoloss.surrogate;
