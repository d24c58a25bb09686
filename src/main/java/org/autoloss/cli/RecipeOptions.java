package org.autoloss.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import picocli.CommandLine.Option;

/** The options that say how a network learns, beside the learning rate. */
final class RecipeOptions {
  @Option(
      names = "--optimizer",
      defaultValue = "sgd",
      paramLabel = "NAME",
      description = "sgd (momentum 0.9), adam or adamw")
  private String optimizer;

  @Option(
      names = "--weight-decay",
      description = "of the optimizer (default: sgd 5e-4, adam 0, adamw 0.01)")
  private Double weightDecay;

  @Option(names = "--spare-norms", description = "no weight decay of norms and biases")
  private boolean spareNorms;

  @Option(
      names = "--head-rate",
      defaultValue = "1",
      description = "what the learning rate of the network's head is multiplied by, such as 10")
  private double headRate;

  @Option(
      names = "--clip",
      defaultValue = "0",
      paramLabel = "NORM",
      description = "largest norm of all gradients together; 0 for no limit")
  private double clip;

  @Option(
      names = "--schedule",
      defaultValue = "poly",
      description = {
        "of the learning rate: poly, poly:POWER, cosine, constant, or step:AT,AT,... with steps or",
        "shares such as step:60%%,90%%"
      })
  private String schedule;

  @Option(
      names = "--warmup",
      defaultValue = "0",
      paramLabel = "STEPS",
      description = "steps, or a share such as 5%%, in which the learning rate rises")
  private String warmUp;

  void addTo(ObjectNode json) {
    json.put("optimizer", optimizer)
        .put("spareNorms", spareNorms)
        .put("headRate", headRate)
        .put("clip", clip)
        .put("schedule", schedule)
        .put("warmUp", warmUp);
    if (weightDecay != null) {
      json.put("weightDecay", weightDecay);
    }
  }
}
