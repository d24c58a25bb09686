package org.autoloss.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import picocli.CommandLine.Option;

/** The options that say how a network learns, beside the learning rate. */
final class RecipeOptions {
  @Option(
      names = "--optimizer",
      paramLabel = "NAME",
      description = "sgd (momentum 0.9, the default), adam or adamw")
  private String optimizer;

  @Option(
      names = "--weight-decay",
      description = "of the optimizer (default: sgd 5e-4, adam 0, adamw 0.01)")
  private Double weightDecay;

  @Option(names = "--spare-norms", description = "no weight decay of norms and biases")
  private Boolean spareNorms;

  @Option(
      names = "--head-rate",
      description =
          "what the learning rate of the network's head is multiplied by, such as 10 (default: 1)")
  private Double headRate;

  @Option(
      names = "--clip",
      paramLabel = "NORM",
      description = "largest norm of all gradients together (default: no limit)")
  private Double clip;

  @Option(
      names = "--schedule",
      description = {
        "of the learning rate: poly (the default), poly:POWER, cosine, constant, or step:AT,AT,... with steps or",
        "shares such as step:60%%,90%%"
      })
  private String schedule;

  @Option(
      names = "--warmup",
      paramLabel = "STEPS",
      description =
          "steps, or a share such as 5%%, in which the learning rate rises (default: none)")
  private String warmUp;

  /** Puts what is given. */
  void addTo(ObjectNode json) {
    TaskOptions.put(json, "optimizer", optimizer);
    TaskOptions.put(json, "weightDecay", weightDecay);
    TaskOptions.put(json, "spareNorms", spareNorms);
    TaskOptions.put(json, "headRate", headRate);
    TaskOptions.put(json, "clip", clip);
    TaskOptions.put(json, "schedule", schedule);
    TaskOptions.put(json, "warmUp", warmUp);
  }
}
