package org.autoloss.data;

import java.util.List;

/**
 * Several {@link EvaluationExample}s of the same sizes in a row.
 *
 * @param size how many, N
 * @param seen height and width of the images
 * @param padded height and width of what the network gets
 * @param images {@code [N,3,padded]}; owned by this batch
 * @param labelled height and width of the labels
 * @param labels {@code [N,labelled]}; owned by this batch
 */
public record EvaluationBatch(
    int size, Extent seen, Extent padded, float[] images, Extent labelled, byte[] labels) {
  static EvaluationBatch of(List<EvaluationExample> examples) {
    EvaluationExample first = examples.get(0);
    int size = examples.size();
    int image = first.image().length;
    int labels = first.labels().length;
    float[] images = new float[Math.multiplyExact(size, image)];
    byte[] all = new byte[Math.multiplyExact(size, labels)];
    for (int i = 0; i < size; i++) {
      System.arraycopy(examples.get(i).image(), 0, images, i * image, image);
      System.arraycopy(examples.get(i).labels(), 0, all, i * labels, labels);
    }
    return new EvaluationBatch(size, first.seen(), first.padded(), images, first.labelled(), all);
  }
}
