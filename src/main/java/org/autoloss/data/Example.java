package org.autoloss.data;

/**
 * A sample as a network takes it.
 *
 * @param height in pixels
 * @param width in pixels
 * @param image {@code [3,H,W]} normalised values, red first; owned by this example
 * @param labels {@code [H,W]} class indices as unsigned bytes, 255 is void; owned by this example
 */
public record Example(int height, int width, float[] image, byte[] labels) {}
