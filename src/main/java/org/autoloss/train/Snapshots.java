package org.autoloss.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where a training leaves what it needs to go on after its end, and how often.
 *
 * @param file replaced at each snapshot; a training begins with it if it is there
 * @param every so many steps, at least 1
 * @param recipe all that the training depends on, in words; a snapshot of another recipe is refused
 * @param notes what belongs to the training and is kept with it, such as the best result so far
 */
public record Snapshots(Path file, int every, String recipe, Notes notes) {
  /** What a listener keeps in snapshots. */
  public interface Notes {
    /** Keeps nothing. */
    Notes NONE =
        new Notes() {
          @Override
          public String save() {
            return "";
          }

          @Override
          public void restore(String kept) {}
        };

    /**
     * Called at each snapshot.
     *
     * @return what to keep
     */
    String save();

    /**
     * Called before the first step of a training that goes on.
     *
     * @param kept what {@link #save} returned
     */
    void restore(String kept);
  }

  /**
   * Checks the frequency.
   *
   * @throws IllegalArgumentException if it is below 1
   */
  public Snapshots {
    if (every < 1) {
      throw new IllegalArgumentException("snapshots: expected every 1 or more steps, got " + every);
    }
  }

  /** The snapshot to begin with; null if there is none. */
  Snapshot find() throws IOException {
    return Files.exists(file) ? Snapshot.read(file, recipe) : null;
  }
}
