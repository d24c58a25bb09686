/**
 * Poses from the top down: a network of heat maps with one branch that needs a loss, on data as
 * COCO has them, measured by average precision over object keypoint similarity, and by PCK.
 */
package org.autoloss.task.pose;
