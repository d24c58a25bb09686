package org.autoloss.data;

/**
 * A sample with objects as a network takes it.
 *
 * @param name of the sample
 * @param id of the sample, in results
 * @param height in pixels
 * @param width in pixels
 * @param image {@code [3,H,W]} normalised values, red first; owned by this example
 * @param target the objects, in pixels of this image
 * @param scaleX by which a horizontal coordinate of the sample was multiplied; what a network finds
 *     is divided by it
 * @param scaleY likewise for vertical ones
 */
public record ObjectExample(
    String name,
    long id,
    int height,
    int width,
    float[] image,
    Target target,
    double scaleX,
    double scaleY) {}
