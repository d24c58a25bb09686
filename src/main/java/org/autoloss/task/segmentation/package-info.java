/** Semantic segmentation: one branch, from images to classes of pixels. */
package org.autoloss.task.segmentation;
