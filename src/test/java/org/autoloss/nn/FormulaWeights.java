package org.autoloss.nn;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import org.autoloss.Device;
import org.bytedeco.pytorch.Tensor;

/**
 * Weights and inputs by formula, of name and index; see the README in {@code
 * src/test/resources/golden/networks}.
 */
public final class FormulaWeights {
  private final String salt;
  private final double gain;
  private final JsonNode factors;

  /** The formula of an entry of the index. */
  public FormulaWeights(JsonNode entry) {
    salt = entry.path("salt").asText();
    gain = entry.path("gain").asDouble();
    factors = entry.path("factors");
  }

  /** Memory for all that is declared, filled by the formula. The caller closes it. */
  public Parameters fill(Scope declared) {
    Parameters parameters = new Parameters(declared, Device.CPU);
    for (Scope.Entry entry : declared.entries().values()) {
      if (entry instanceof Parameter parameter) {
        parameter.set(values(parameter, declared.entries()));
      }
    }
    return parameters;
  }

  /** Memory for all that is declared, with fresh values. The caller closes it. */
  public Parameters initialise(Scope declared, long seed) {
    Parameters parameters = new Parameters(declared, Device.CPU);
    parameters.initialise(seed);
    return parameters;
  }

  /** Names and sizes of all that is declared. */
  public static Map<String, long[]> shapes(Scope declared) {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    declared
        .entries()
        .forEach(
            (name, entry) ->
                shapes.put(name, entry instanceof Parameter p ? p.shape() : new long[0]));
    return shapes;
  }

  /** u itself, as an image. */
  public Tensor input(String name, long... shape) {
    float[] values = new float[(int) TensorData.count(shape)];
    long key = key(salt + name);
    for (int k = 0; k < values.length; k++) {
      values[k] = (float) uniform(key, k);
    }
    return Tensor.create(values, shape);
  }

  private float[] values(Parameter parameter, Map<String, Scope.Entry> all) {
    String name = parameter.name();
    String leaf = name.substring(name.lastIndexOf('.') + 1);
    String prefix = name.substring(0, name.length() - leaf.length());
    boolean norm = all.containsKey(prefix + "running_mean");
    double scale = Math.sqrt(gain / inner(parameter.shape()));
    double factor = factor(name);
    long key = key(salt + name);
    float[] values = new float[parameter.count()];
    for (int k = 0; k < values.length; k++) {
      double u = uniform(key, k);
      double value;
      if (leaf.equals("running_mean")) {
        value = 0.1 * u;
      } else if (leaf.equals("running_var")) {
        value = 1 + 0.2 * Math.abs(u);
      } else if (parameter.isMatrix()) {
        value = u * scale;
      } else if (norm) {
        value = leaf.equals("weight") ? 1 + 0.1 * u : 0.1 * u;
      } else {
        value = 0.05 * u;
      }
      values[k] = (float) (value * factor);
    }
    return values;
  }

  private double factor(String name) {
    for (Map.Entry<String, JsonNode> each : factors.properties()) {
      String key = each.getKey();
      if (key.equals(name) || key.startsWith("*") && name.endsWith(key.substring(1))) {
        return each.getValue().asDouble();
      }
    }
    return 1;
  }

  private static double inner(long[] shape) {
    double product = 1;
    for (int i = 1; i < shape.length; i++) {
      product *= shape[i];
    }
    return product;
  }

  private static long key(String text) {
    CRC32 crc = new CRC32();
    crc.update(text.getBytes(StandardCharsets.UTF_8));
    return crc.getValue() << 32;
  }

  static double uniform(long key, long index) {
    long z = (key ^ index) + 0x9E3779B97F4A7C15L;
    z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
    z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
    z ^= z >>> 31;
    return (double) (z >>> 40) / (1 << 23) - 1;
  }
}
