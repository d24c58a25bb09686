package org.autoloss.data.coco;

/**
 * An image of an annotation file.
 *
 * @param id its number
 * @param fileName its file's name, relative to the folder of images; empty where it is not said
 * @param width in pixels; -1 where it is not said
 * @param height in pixels; -1 where it is not said
 */
public record CocoImage(long id, String fileName, int width, int height) {}
