package org.autoloss.data.scenes;

import org.autoloss.data.Sample;
import org.autoloss.data.Target;

/**
 * A scene with what is known of it.
 *
 * @param sample the picture, and the class of each pixel
 * @param target the objects that are visible, each with its box, and its mask as runs
 */
public record Scene(Sample sample, Target target) {}
