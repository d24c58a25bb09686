package org.autoloss.cli;

import picocli.CommandLine.Option;

/** What all searches over the parameters of surrogates take; null where the preset says it. */
final class SurrogateOptions {
  @Option(names = "--steps", description = "steps of the search (default: the preset's)")
  Integer steps;

  @Option(names = "--samples", description = "trainings in a step (default: the preset's)")
  Integer samples;

  @Option(
      names = "--with",
      paramLabel = "SPEC",
      description =
          "a loss beside the surrogate, such as ce, whose weight is searched as well, or none (default:"
              + " dice for mIoU and BIoU, ce for FWIoU and gAcc, wce for mAcc; of other metrics and"
              + " paper none)")
  String with;

  @Option(
      names = "--one-seed",
      negatable = true,
      fallbackValue = "true",
      description = {
        "one seed for the trainings of all steps, so that candidates of different steps can be",
        "compared, or one for each step (default: one; of paper one for each)"
      })
  private Boolean oneSeed;

  /** Whether all steps have one seed: what is given, or else what is usual. */
  boolean oneSeed(boolean usual) {
    return oneSeed == null ? usual : oneSeed;
  }
}
