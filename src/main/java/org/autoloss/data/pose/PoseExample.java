package org.autoloss.data.pose;

import org.autoloss.metric.detection.Keypoints;

/**
 * An object as a network takes it.
 *
 * @param sample whose object it is
 * @param input {@code [3,H,W]} normalised values, red first; owned by this example
 * @param points its keypoints in pixels of the input, some perhaps outside; not labelled are those
 *     that nobody has labelled
 * @param map from pixels of the image to those of the input
 */
public record PoseExample(PoseSample sample, float[] input, Keypoints points, AffineMap map) {}
