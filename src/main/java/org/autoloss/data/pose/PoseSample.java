package org.autoloss.data.pose;

import org.autoloss.data.ObjectLabel;
import org.autoloss.data.ObjectSample;

/**
 * An object of an image whose keypoints are to be found.
 *
 * @param image it is in
 * @param object with keypoints, of which some are labelled
 */
public record PoseSample(ObjectSample image, ObjectLabel object) {}
