/** Losses of heat maps, which networks of poses predict for each keypoint. */
package org.autoloss.loss.heatmap;
