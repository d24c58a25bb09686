/**
 * Object detection: Faster R-CNN with four branches that need a loss, on data as COCO has them,
 * measured by average precision.
 */
package org.autoloss.task.detection;
