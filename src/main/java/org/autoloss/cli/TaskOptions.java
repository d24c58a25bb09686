package org.autoloss.cli;

import java.nio.file.Path;
import org.autoloss.nn.NetworkSpec;
import org.autoloss.run.TaskSettings;
import picocli.CommandLine.Option;

/** The options that say which data and which network. */
final class TaskOptions {
  @Option(
      names = "--data",
      required = true,
      paramLabel = "DIR",
      description = "folder in the layout of PASCAL VOC (see: autoloss data scenes)")
  private Path data;

  @Option(names = "--warm-split", defaultValue = "warm", description = "list for the warm start")
  private String warm;

  @Option(names = "--train-split", defaultValue = "train", description = "list for training")
  private String train;

  @Option(names = "--reward-split", defaultValue = "reward", description = "list for the scores")
  private String reward;

  @Option(names = "--test-split", defaultValue = "test", description = "list for the final table")
  private String test;

  @Option(
      names = "--network",
      defaultValue = "unet",
      description = "architecture: unet, fcn or aspp")
  private String network;

  @Option(names = "--width", defaultValue = "8", description = "the network's width")
  private int width;

  @Option(
      names = "--crop",
      description = "height and width of crops, in pixels (default: the preset's; of table: 64)")
  private Integer crop;

  @Option(names = "--min-scale", defaultValue = "0.8", description = "smallest random scale")
  private double minScale;

  @Option(names = "--max-scale", defaultValue = "1.25", description = "largest random scale")
  private double maxScale;

  @Option(
      names = "--batch",
      description = "samples in a batch (default: the preset's; of table: 8)")
  private Integer batch;

  @Option(
      names = "--learning-rate",
      defaultValue = "0.2",
      description = "of the first step; falls by the poly schedule")
  private double learningRate;

  TaskSettings settings(int defaultCrop, int defaultBatch) {
    return new TaskSettings(
        data,
        new TaskSettings.Splits(warm, train, reward, test),
        NetworkSpec.Kind.of(network),
        width,
        crop == null ? defaultCrop : crop,
        minScale,
        maxScale,
        batch == null ? defaultBatch : batch,
        learningRate);
  }
}
