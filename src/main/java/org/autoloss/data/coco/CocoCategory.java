package org.autoloss.data.coco;

import java.util.List;

/**
 * A category of an annotation file.
 *
 * @param id its number
 * @param name its name; empty where it is not said
 * @param keypoints names of the points of its skeleton; empty where it has none
 * @param skeleton pairs of places in {@code keypoints}, from 0; empty where it has none
 */
public record CocoCategory(
    int id, String name, List<String> keypoints, List<List<Integer>> skeleton) {}
