package org.autoloss.data;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.autoloss.data.coco.CocoFile;
import org.autoloss.data.coco.CocoImage;

/**
 * Images of a data set that lie side by side, and what is in them.
 *
 * @param all the data set
 * @param from index of the first image
 * @param to index behind the last one
 */
public record ObjectRange(ObjectDataset all, int from, int to) implements ObjectDataset {
  /**
   * Checks the range.
   *
   * @throws IllegalArgumentException if it is empty or not within the data set
   */
  public ObjectRange {
    DatasetRange.require(from, to, all.size());
  }

  @Override
  public int size() {
    return to - from;
  }

  @Override
  public ObjectSample get(int index) {
    return all.get(from + index);
  }

  @Override
  public CocoFile annotations() {
    CocoFile whole = all.annotations();
    List<CocoImage> images = whole.images().subList(from, to);
    Set<Long> ids = images.stream().map(CocoImage::id).collect(Collectors.toSet());
    return new CocoFile(
        images,
        whole.categories(),
        whole.objects().stream().filter(object -> ids.contains(object.image())).toList(),
        whole.renumbered());
  }

  /** That of all, and which part of it this is. */
  @Override
  public String digest() {
    return all.digest() + ":" + from + "-" + to;
  }

  @Override
  public int category(int label) {
    return all.category(label);
  }
}
