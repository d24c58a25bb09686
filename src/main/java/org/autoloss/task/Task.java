package org.autoloss.task;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.autoloss.graph.RejectionProtocol;
import org.autoloss.graph.RejectionSettings;
import org.autoloss.internal.Json;
import org.autoloss.loss.LossInput;
import org.autoloss.metric.Metric;
import org.autoloss.metric.ObjectiveMetric;
import org.autoloss.nn.Checkpoint;
import org.autoloss.nn.LoadReport;
import org.autoloss.train.TrainingSettings;

/**
 * The ground that losses compete on: data, a network with one or more branches that need a loss, an
 * optimiser, and metrics. Searches, tables and reports know tasks by this interface alone.
 *
 * <p>Everything is a function of {@link #toJson} and the arguments: same arguments, same bits, on
 * whichever thread or machine. Thread-safe.
 */
public interface Task {
  /**
   * The branches of the network.
   *
   * @return at least one, in a fixed order
   */
  List<Branch> branches();

  /**
   * The metrics that an evaluation measures.
   *
   * @return at least one, in the order of tables
   */
  List<? extends Metric> metrics();

  /**
   * A network with fresh weights.
   *
   * @param split what it learns from
   * @param seed of the weights, and of the order and the random changes of the data
   * @return the model; the caller closes it
   */
  TaskModel begin(Split split, long seed);

  /**
   * A network that goes on from given weights.
   *
   * @param start the weights; stays as it is
   * @param split what it learns from
   * @param seed of the order and the random changes of the data, and of fresh heads
   * @return the model; the caller closes it
   * @throws IllegalArgumentException if the weights are of another network
   */
  TaskModel resume(Checkpoint start, Split split, long seed);

  /**
   * How a training of some length is done: the task's learning rate, momentum and so on.
   *
   * @param steps at least 1
   * @return the settings
   */
  TrainingSettings training(int steps);

  /**
   * The learning rates that a search or a table tries by the baseline before it begins, to go on
   * with the best.
   *
   * @return in ascending order; empty where {@link #training} has the rate
   */
  default List<Double> learningRates() {
    return List.of();
  }

  /**
   * The rejection protocols of branches on data of the train split, for AutoLoss-Zero: predictions
   * of a branch are moved by the loss that is tried out. Tasks whose branches predict something for
   * each image find help in {@link NetworkSamples}.
   *
   * @param searched the branches that losses are searched for
   * @param objective what they are searched for
   * @param plan how candidates are tried out
   * @param start the network that trainings begin with, for those who need it
   * @param seed of the choice of the samples
   * @return by the branches' names; the losses of a branch that is left out are trained without a
   *     trial
   * @throws IllegalArgumentException if a protocol cannot score a metric, or there are no samples
   */
  default Map<String, RejectionProtocol> rejection(
      List<Branch> searched,
      ObjectiveMetric objective,
      RejectionPlan plan,
      Supplier<Checkpoint> start,
      long seed) {
    return Map.of();
  }

  /**
   * How candidates are tried out where nobody says otherwise.
   *
   * @return settings whose metric is replaced by each of the objective's
   */
  default RejectionSettings rejectionSettings() {
    return RejectionSettings.ofBranch();
  }

  /**
   * All that the results depend on, beside losses and seeds: what {@link TaskFactory#open} needs,
   * and fingerprints of the data in the field {@code sha256}, by which a run that goes on, or a
   * worker elsewhere, knows that it has the same.
   *
   * @return one JSON object with the field {@code kind}, the factory's name
   */
  ObjectNode toJson();

  /**
   * What a person should know of the data before a search begins on it, such as a class without a
   * pixel: it may be taken for success afterwards.
   *
   * @return sentences; none if there is nothing to say
   */
  default List<String> warnings() {
    return List.of();
  }

  /**
   * What networks take of the weights that the task begins with, see {@link InitialWeights}.
   *
   * @return empty if all weights are fresh
   */
  default Optional<LoadReport> initialWeights() {
    return Optional.empty();
  }

  /**
   * What the splits hold, for results that programs read.
   *
   * @return one JSON object, by the names of the splits; empty if nothing is counted
   */
  default ObjectNode contents() {
    return Json.MAPPER.createObjectNode();
  }

  /**
   * How many samples a split has, of a task whose models measure parts of it ({@link
   * TaskModel#evaluate(Split, Range)}).
   *
   * @param split one that was opened
   * @return empty if they measure whole splits only
   */
  default OptionalInt samples(Split split) {
    return OptionalInt.empty();
  }

  /**
   * The specification of the losses that people use: each branch's baseline.
   *
   * @return for example {@code ce}
   */
  default String baseline() {
    List<Branch> branches = branches();
    return branches.size() == 1
        ? branches.get(0).baseline()
        : branches.stream()
            .map(branch -> branch.name() + "=" + branch.baseline())
            .collect(Collectors.joining(";"));
  }

  /**
   * Losses that people compare, by short names: what {@code --loss NAME} means where a network has
   * several branches, and the rows of a table of which none are given.
   *
   * @return specifications, in the order of tables; none if there are none
   */
  default Map<String, String> namedLosses() {
    return Map.of();
  }

  /**
   * What the branches give their losses.
   *
   * @return by name, in the order of {@link #branches}
   */
  default Map<String, LossInput> branchInputs() {
    Map<String, LossInput> inputs = new LinkedHashMap<>();
    branches().forEach(branch -> inputs.put(branch.name(), branch.input()));
    return inputs;
  }

  /**
   * The names of the branches.
   *
   * @return in the order of {@link #branches}
   */
  default List<String> branchNames() {
    return branches().stream().map(Branch::name).toList();
  }
}
