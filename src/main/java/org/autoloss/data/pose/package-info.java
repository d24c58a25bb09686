/**
 * Poses from the top down: the part of an image around one object, brought to one size with its
 * keypoints, and heat maps of them.
 */
package org.autoloss.data.pose;
