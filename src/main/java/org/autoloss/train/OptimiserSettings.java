package org.autoloss.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import org.autoloss.internal.Choice;
import org.autoloss.nn.Parameters;

/**
 * What becomes of gradients.
 *
 * @param kind which optimiser
 * @param momentum of SGD, or Adam's first decay, from 0 to below 1
 * @param secondMomentum Adam's second decay, from 0 to below 1
 * @param epsilon what Adam adds to its denominator, above 0
 * @param weightDecay 0 or more
 * @param spareNorms whether norms and biases, all that is a vector, go without weight decay
 * @param headRate what the learning rate of heads is multiplied by, above 0
 * @param clip the largest norm of all gradients together; 0 for no limit
 */
public record OptimiserSettings(
    Kind kind,
    double momentum,
    double secondMomentum,
    double epsilon,
    double weightDecay,
    boolean spareNorms,
    double headRate,
    double clip) {
  /** The optimisers. */
  public enum Kind {
    /** {@link Sgd}. */
    SGD(0.9, 5e-4, List.of(0.01, 0.025, 0.05, 0.1, 0.2, 0.4)),
    /** {@link Adam}, with weight decay as a part of the gradient. */
    ADAM(0.9, 0, List.of(1e-4, 3e-4, 1e-3, 3e-3, 1e-2)),
    /** {@link Adam}, with weight decay beside the gradient. */
    ADAMW(0.9, 1e-2, List.of(1e-4, 3e-4, 1e-3, 3e-3, 1e-2));

    private final double momentum;
    private final double weightDecay;
    private final List<Double> rates;

    Kind(double momentum, double weightDecay, List<Double> rates) {
      this.momentum = momentum;
      this.weightDecay = weightDecay;
      this.rates = rates;
    }

    /**
     * Learning rates among which one mostly suits a network, about a factor of two or three apart.
     *
     * @return in ascending order
     */
    public List<Double> rates() {
      return rates;
    }

    /**
     * The learning rate in the middle of {@link #rates}.
     *
     * @return above 0
     */
    public double usualRate() {
      return rates.get(rates.size() / 2);
    }

    /**
     * The name on the command line and in files.
     *
     * @return lower case
     */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The kind of a name.
     *
     * @param name in any case
     * @return the kind
     * @throws IllegalArgumentException if there is none of that name
     */
    public static Kind of(String name) {
      return Choice.ofAnyCase("optimizer", List.of(values()), Kind::label, name);
    }
  }

  private static final double SECOND_MOMENTUM = 0.999;
  private static final double EPSILON = 1e-8;

  /** SGD with momentum 0.9 and weight decay 5e-4 on everything. */
  public static final OptimiserSettings SGD = of(Kind.SGD);

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a component is outside its range
   */
  public OptimiserSettings {
    check("momentum", momentum >= 0 && momentum < 1, "0 to below 1", momentum);
    check("second momentum", secondMomentum >= 0 && secondMomentum < 1, "0 to below 1", momentum);
    check("epsilon", positive(epsilon), "a number above 0", epsilon);
    check("weight decay", weightDecay == 0 || positive(weightDecay), "0 or more", weightDecay);
    check("head rate", positive(headRate), "a number above 0", headRate);
    check("clip", clip == 0 || positive(clip), "0 or more", clip);
  }

  /**
   * The usual settings of a kind: momentum 0.9, second momentum 0.999, epsilon 1e-8; weight decay
   * 5e-4 for SGD, 0 for Adam, 0.01 for AdamW; no other rate for heads, no limit of gradients.
   *
   * @param kind which optimiser
   * @return the settings
   */
  public static OptimiserSettings of(Kind kind) {
    return new OptimiserSettings(
        kind, kind.momentum, SECOND_MOMENTUM, EPSILON, kind.weightDecay, false, 1, 0);
  }

  /**
   * The settings that JSON describes: {@code optimizer}, {@code weightDecay}, {@code spareNorms},
   * {@code headRate}, {@code clip}, each the usual one where it is missing.
   *
   * @param json of a task
   * @return the settings
   * @throws IllegalArgumentException if a field is wrong
   */
  public static OptimiserSettings of(JsonNode json) {
    OptimiserSettings usual = of(Kind.of(json.path("optimizer").asText(Kind.SGD.label())));
    return new OptimiserSettings(
        usual.kind,
        usual.momentum,
        usual.secondMomentum,
        usual.epsilon,
        json.path("weightDecay").asDouble(usual.weightDecay),
        json.path("spareNorms").asBoolean(usual.spareNorms),
        json.path("headRate").asDouble(usual.headRate),
        json.path("clip").asDouble(usual.clip));
  }

  /**
   * Puts the fields that {@link #of(JsonNode)} reads, but for those that are as usual.
   *
   * @param json of a task
   */
  public void putInto(ObjectNode json) {
    OptimiserSettings usual = of(kind);
    if (kind != Kind.SGD) {
      json.put("optimizer", kind.label());
    }
    if (weightDecay != usual.weightDecay) {
      json.put("weightDecay", weightDecay);
    }
    if (spareNorms) {
      json.put("spareNorms", true);
    }
    if (headRate != usual.headRate) {
      json.put("headRate", headRate);
    }
    if (clip != usual.clip) {
      json.put("clip", clip);
    }
  }

  /**
   * A new optimiser.
   *
   * @param parameters what it changes; closed after the optimiser
   * @param heads paths of the modules that have a learning rate of their own
   * @param settings of the training, these among them
   * @return the optimiser; the caller closes it before the parameters
   */
  public static Optimiser optimiser(
      Parameters parameters, List<String> heads, TrainingSettings settings) {
    return settings.optimiser().kind == Kind.SGD
        ? new Sgd(parameters, heads, settings)
        : new Adam(parameters, heads, settings);
  }

  private static boolean positive(double value) {
    return value > 0 && Double.isFinite(value);
  }

  private static void check(String name, boolean good, String expected, double got) {
    if (!good) {
      throw new IllegalArgumentException(name + ": expected " + expected + ", got " + got);
    }
  }
}
