/**
 * AutoLoss for Java: losses for a metric, and searches for them.
 *
 * <p>Losses, metrics, surrogates and graphs need the modules that this one requires. Searches,
 * trainings and pictures use those that are static here, too: a program that searches from the
 * module path requires these itself, or adds them.
 *
 * @uses org.autoloss.loss.LossFactory for the losses of users
 * @uses org.autoloss.nn.NetworkFactory for their networks
 * @uses org.autoloss.task.TaskFactory for their tasks
 * @uses org.autoloss.NativeLibraries to find native code
 */
@SuppressWarnings("requires-automatic") // XChart
module org.autoloss {
  requires transitive com.fasterxml.jackson.databind;
  requires transitive java.desktop;
  requires java.sql;
  requires transitive org.bytedeco.javacpp;
  requires transitive org.bytedeco.pytorch;
  requires static com.samskivert.jmustache;
  requires static info.picocli;
  requires static org.apache.commons.csv;
  requires static org.apache.commons.rng.api;
  requires static org.apache.commons.rng.sampling;
  requires static org.apache.commons.rng.simple;
  requires static org.apache.commons.statistics.distribution;
  requires static org.knowm.xchart;
  requires static org.xerial.sqlitejdbc;

  exports org.autoloss;
  exports org.autoloss.data;
  exports org.autoloss.data.coco;
  exports org.autoloss.data.pose;
  exports org.autoloss.data.scenes;
  exports org.autoloss.experiment;
  exports org.autoloss.export;
  exports org.autoloss.graph;
  exports org.autoloss.loss;
  exports org.autoloss.loss.binary;
  exports org.autoloss.loss.box;
  exports org.autoloss.loss.handcrafted;
  exports org.autoloss.loss.heatmap;
  exports org.autoloss.metric;
  exports org.autoloss.metric.detection;
  exports org.autoloss.metric.segmentation;
  exports org.autoloss.nn;
  exports org.autoloss.nn.box;
  exports org.autoloss.nn.models;
  exports org.autoloss.nn.models.rcnn;
  exports org.autoloss.plot;
  exports org.autoloss.report;
  exports org.autoloss.search;
  exports org.autoloss.search.evolution;
  exports org.autoloss.search.ppo;
  exports org.autoloss.storage;
  exports org.autoloss.surrogate;
  exports org.autoloss.task;
  exports org.autoloss.task.detection;
  exports org.autoloss.task.instances;
  exports org.autoloss.task.pose;
  exports org.autoloss.task.segmentation;
  exports org.autoloss.train;

  opens org.autoloss.cli to
      info.picocli;

  uses org.autoloss.NativeLibraries;
  uses org.autoloss.loss.LossFactory;
  uses org.autoloss.nn.NetworkFactory;
  uses org.autoloss.search.ExecutorProvider;
  uses org.autoloss.task.TaskFactory;

  provides org.autoloss.loss.LossFactory with
      org.autoloss.graph.GraphLossFactory,
      org.autoloss.loss.ClassLossFactory,
      org.autoloss.loss.CrossEntropyLossFactory,
      org.autoloss.loss.SumLossFactory,
      org.autoloss.loss.binary.BinaryLossFactory,
      org.autoloss.loss.box.BoxLossFactory,
      org.autoloss.loss.box.CseLossFactory,
      org.autoloss.loss.handcrafted.HandcraftedLossFactory,
      org.autoloss.loss.heatmap.HeatMapLossFactory,
      org.autoloss.surrogate.SurrogateLossFactory;
  provides org.autoloss.nn.NetworkFactory with
      org.autoloss.nn.models.rcnn.DetectionNetworks,
      org.autoloss.nn.models.PoseNetworks,
      org.autoloss.nn.models.SegmentationNetworks,
      org.autoloss.nn.models.SmallNetworks;
  provides org.autoloss.task.TaskFactory with
      org.autoloss.task.detection.DetectionTaskFactory,
      org.autoloss.task.instances.InstanceTaskFactory,
      org.autoloss.task.pose.PoseTaskFactory,
      org.autoloss.task.segmentation.SegmentationTaskFactory;
}
