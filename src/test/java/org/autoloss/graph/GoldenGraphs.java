package org.autoloss.graph;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.stream.StreamSupport;

/** The reference values in {@code golden/graph}: computed in float64, by another program. */
record GoldenGraphs(
    String name,
    String artefact,
    String expression,
    int[] shape,
    float[] logits,
    byte[] labels,
    double value,
    double gradNorm,
    double[] gradNormPerSample,
    float[] gradient) {
  private static final String FOLDER = "/golden/graph/";

  /** All of them; {@code gradient} is null where the file holds only norms. */
  static List<GoldenGraphs> all() {
    try (InputStream index = open("index.json")) {
      return StreamSupport.stream(new ObjectMapper().readTree(index).spliterator(), false)
          .map(GoldenGraphs::of)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static GoldenGraphs of(JsonNode entry) {
    return new GoldenGraphs(
        entry.get("name").asText(),
        entry.get("loss").toString(),
        entry.at("/loss/expression").asText(),
        StreamSupport.stream(entry.get("shape").spliterator(), false)
            .mapToInt(JsonNode::intValue)
            .toArray(),
        floats(entry.get("logits").asText()),
        bytes(entry.get("labels").asText()),
        entry.get("value").doubleValue(),
        entry.get("gradNorm").doubleValue(),
        StreamSupport.stream(entry.get("gradNormPerSample").spliterator(), false)
            .mapToDouble(JsonNode::doubleValue)
            .toArray(),
        entry.has("grad") ? floats(entry.get("grad").asText()) : null);
  }

  LossGraph graph() {
    return LossGraph.parse(expression);
  }

  double[] doubleLogits() {
    double[] out = new double[logits.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = logits[i];
    }
    return out;
  }

  int[] intLabels() {
    int[] out = new int[labels.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = Byte.toUnsignedInt(labels[i]);
    }
    return out;
  }

  private static float[] floats(String file) {
    ByteBuffer data = array(file);
    float[] out = new float[data.remaining() / Float.BYTES];
    data.asFloatBuffer().get(out);
    return out;
  }

  private static byte[] bytes(String file) {
    ByteBuffer data = array(file);
    byte[] out = new byte[data.remaining()];
    data.get(out);
    return out;
  }

  /**
   * The elements of a .npy file of version 1: they follow a header whose length is in bytes 8, 9.
   */
  private static ByteBuffer array(String file) {
    try (InputStream in = open(file)) {
      ByteBuffer data = ByteBuffer.wrap(in.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
      return data.position(10 + data.getShort(8)).slice().order(ByteOrder.LITTLE_ENDIAN);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static InputStream open(String file) throws IOException {
    InputStream in = GoldenGraphs.class.getResourceAsStream(FOLDER + file);
    if (in == null) {
      throw new IOException(FOLDER + file + " is not on the class path");
    }
    return in;
  }

  @Override
  public String toString() {
    return name + " " + expression;
  }
}
