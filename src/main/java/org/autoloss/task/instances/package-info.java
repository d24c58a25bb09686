/**
 * Instance segmentation: Mask R-CNN with five branches that need a loss, on data as COCO has them,
 * measured by the average precision of masks and of boxes.
 */
package org.autoloss.task.instances;
