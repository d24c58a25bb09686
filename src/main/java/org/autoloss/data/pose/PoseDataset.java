package org.autoloss.data.pose;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.autoloss.data.ObjectDataset;
import org.autoloss.data.ObjectSample;
import org.autoloss.data.coco.CocoCategory;
import org.autoloss.data.coco.CocoFile;
import org.autoloss.metric.detection.GroundTruth;

/**
 * The objects of a data set that have labelled keypoints and a box, one by one; no crowds. Their
 * categories share one skeleton. Thread-safe.
 */
public final class PoseDataset {
  private final ObjectDataset images;
  private final Skeleton skeleton;
  private final List<Place> places;

  /** The image, and which of its objects. */
  private record Place(int image, int object) {}

  private PoseDataset(ObjectDataset images, Skeleton skeleton, List<Place> places) {
    this.images = images;
    this.skeleton = skeleton;
    this.places = places;
  }

  /**
   * All objects whose poses are measured.
   *
   * @param images whose objects have keypoints
   * @param source of the data, for messages
   * @return the poses, in the data set's order
   * @throws IllegalArgumentException if there is none, or the skeletons differ
   */
  public static PoseDataset of(ObjectDataset images, String source) {
    return of(images, source, any -> true);
  }

  /**
   * All objects that a network learns from: none that are to be ignored.
   *
   * @param images whose objects have keypoints
   * @param source of the data, for messages
   * @return the poses, in the data set's order
   * @throws IllegalArgumentException if there is none, or the skeletons differ
   */
  public static PoseDataset forTraining(ObjectDataset images, String source) {
    return of(images, source, object -> !object.ignored());
  }

  private static PoseDataset of(
      ObjectDataset images, String source, Predicate<GroundTruth> wanted) {
    CocoFile file = images.annotations();
    Map<Long, Integer> byId = new HashMap<>();
    for (int i = 0; i < file.images().size(); i++) {
      byId.put(file.images().get(i).id(), i);
    }
    int[] seen = new int[file.images().size()];
    List<Place> places = new ArrayList<>();
    for (GroundTruth object : file.objects()) {
      int image = byId.get(object.image());
      Place place = new Place(image, seen[image]++);
      if (!object.crowd()
          && object.box().area() > 0
          && object.keypoints().labelled() > 0
          && wanted.test(object)) {
        places.add(place);
      }
    }
    if (places.isEmpty()) {
      throw new IllegalArgumentException(
          source
              + ": expected at least one object with a box and labelled keypoints, got none; give"
              + " annotations such as COCO's person_keypoints");
    }
    return new PoseDataset(images, skeleton(file, source), List.copyOf(places));
  }

  private static Skeleton skeleton(CocoFile file, String source) {
    Map<Integer, CocoCategory> categories = new HashMap<>();
    file.categories().forEach(category -> categories.put(category.id(), category));
    Skeleton first = null;
    for (GroundTruth object : file.objects()) {
      Skeleton own;
      try {
        own = Skeleton.of(categories.get(object.category()), object.keypoints().size());
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(source + ": " + e.getMessage(), e);
      }
      if (first != null && !own.points().equals(first.points())) {
        throw new IllegalArgumentException(
            source
                + ": expected one skeleton for all objects, got the keypoints "
                + first.points()
                + " and "
                + own.points()
                + "; part the categories into files of their own");
      }
      first = first == null ? own : first;
    }
    return first;
  }

  /**
   * How many there are.
   *
   * @return 1 or more
   */
  public int size() {
    return places.size();
  }

  /**
   * Reads the image of an object.
   *
   * @param index from 0
   * @return a new sample
   * @throws IllegalArgumentException if the image is damaged
   */
  public PoseSample get(int index) {
    Place place = places.get(index);
    ObjectSample image = images.get(place.image());
    return new PoseSample(image, image.target().objects().get(place.object()));
  }

  /**
   * The objects of an image.
   *
   * @param image its number among the images, from 0
   * @return their numbers; none if it has no pose
   */
  public int[] inImage(int image) {
    return IntStream.range(0, size()).filter(i -> places.get(i).image() == image).toArray();
  }

  /**
   * The keypoints.
   *
   * @return those of all objects
   */
  public Skeleton skeleton() {
    return skeleton;
  }

  /**
   * The images.
   *
   * @return as given
   */
  public ObjectDataset images() {
    return images;
  }
}
