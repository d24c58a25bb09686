package org.autoloss.loss;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.autoloss.internal.Json;
import org.autoloss.internal.Scoped;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * A loss for each branch of a network; their sum is what a training minimises.
 *
 * <p>A network of one branch is trained by what {@link Loss#parse} reads. For several branches a
 * specification names each: {@code loss_classifier=ce;loss_box_reg=smooth_l1}, in any order.
 */
public final class LossSet implements AutoCloseable {
  private static final String KIND = "set";
  private static final Pattern WEIGHTED =
      Pattern.compile(
          "(.*?),\\s*weight\\s*=\\s*([-+]?(?:\\d++(?:\\.\\d*+)?|\\.\\d++)(?:[eE][-+]?\\d++)?)\\s*",
          Pattern.DOTALL);

  private final Map<String, Loss> byBranch;

  /**
   * Losses by branch.
   *
   * @param byBranch at least one; the set closes them
   * @throws IllegalArgumentException if there is none
   */
  public LossSet(Map<String, Loss> byBranch) {
    if (byBranch.isEmpty()) {
      throw new IllegalArgumentException("losses: expected one for each branch, got none");
    }
    this.byBranch = Collections.unmodifiableMap(new LinkedHashMap<>(byBranch));
  }

  /**
   * The losses that a specification describes, of branches that give classes.
   *
   * @param specification as below
   * @param branches their names
   * @return the set; the caller closes it
   * @throws IllegalArgumentException as below
   */
  public static LossSet parse(String specification, List<String> branches) {
    Map<String, LossInput> inputs = new LinkedHashMap<>();
    branches.forEach(branch -> inputs.put(branch, LossInput.CLASSES));
    return parse(specification, inputs);
  }

  /**
   * The losses that a specification describes. {@code ,weight=10} behind one is its factor.
   *
   * @param specification of one loss if there is one branch; else {@code
   *     branch=loss;branch=loss,weight=10}, or a JSON artefact that {@link #toJson} made, or its
   *     path
   * @param inputs what each branch gives, by its name, in the order of the set
   * @return the set; the caller closes it
   * @throws IllegalArgumentException if a loss is malformed or on another input, or a branch has
   *     none or two
   */
  public static LossSet parse(String specification, Map<String, LossInput> inputs) {
    List<String> branches = List.copyOf(inputs.keySet());
    Map<String, String> parts = parts(specification, branches);
    Map<String, Loss> losses = new LinkedHashMap<>();
    try {
      for (String branch : branches) {
        if (!parts.containsKey(branch)) {
          throw new IllegalArgumentException(
              "loss: expected one for each of "
                  + String.join(", ", branches)
                  + ", as in branch=loss;branch=loss, got none for "
                  + branch);
        }
        losses.put(branch, weighted(parts.get(branch), inputs.get(branch)));
      }
      return new LossSet(losses);
    } catch (RuntimeException e) {
      losses.values().forEach(Loss::close);
      throw e;
    }
  }

  /**
   * The branches of an artefact.
   *
   * @param artefact any JSON of a loss
   * @return their names; none if it is a single loss
   */
  public static List<String> branches(JsonNode artefact) {
    List<String> names = new ArrayList<>();
    if (artefact.path("kind").asText().equals(KIND)) {
      artefact.path("losses").fieldNames().forEachRemaining(names::add);
    }
    return names;
  }

  /**
   * The losses of an artefact, whatever the network that it is for.
   *
   * @param artefact that {@link #toJson} made of several losses
   * @return the set; the caller closes it
   * @throws IllegalArgumentException if it is another artefact, or a loss in it is malformed
   */
  public static LossSet of(JsonNode artefact) {
    Map<String, Loss> losses = new LinkedHashMap<>();
    try {
      for (String branch : branches(artefact)) {
        losses.put(branch, Loss.parse(artefact.path("losses").path(branch).toString()));
      }
      return new LossSet(losses);
    } catch (RuntimeException e) {
      losses.values().forEach(Loss::close);
      throw e;
    }
  }

  private static Loss weighted(String text, LossInput input) {
    Matcher weighted = WEIGHTED.matcher(text);
    if (text.stripLeading().startsWith("{") || !weighted.matches()) {
      return Loss.parse(text, input);
    }
    double weight = Double.parseDouble(weighted.group(2));
    Loss loss = Loss.parse(weighted.group(1), input);
    try {
      return new WeightedSumLoss(List.of(new WeightedSumLoss.Term(weight, loss)));
    } catch (IllegalArgumentException e) {
      loss.close();
      throw e;
    }
  }

  private static Map<String, String> parts(String specification, List<String> branches) {
    if (specification.stripLeading().startsWith("{")) {
      return ofArtefact(specification, branches);
    }
    // The path of what a search has left for all of them.
    if (branches.size() > 1 && specification.endsWith(".json") && !specification.contains("=")) {
      return ofArtefact(
          Json.read(Path.of(specification), "a loss artefact (JSON)").toString(), branches);
    }
    String names = branches.stream().map(Pattern::quote).collect(Collectors.joining("|"));
    Matcher start = Pattern.compile("(?:^|;)\\s*(" + names + ")\\s*=").matcher(specification);
    Map<String, String> parts = new LinkedHashMap<>();
    int end = specification.length();
    String branch = null;
    int from = 0;
    while (start.find()) {
      put(parts, branch, specification.substring(from, start.start()));
      branch = start.group(1);
      from = start.end();
    }
    if (branch == null && branches.size() == 1) {
      branch = branches.get(0);
    }
    put(parts, branch, specification.substring(from, end));
    return parts;
  }

  private static void put(Map<String, String> parts, String branch, String loss) {
    if (branch == null && loss.isBlank()) {
      return; // before the first branch
    }
    if (branch == null || parts.put(branch, loss) != null) {
      throw new IllegalArgumentException(
          "loss: expected branch=loss;branch=loss with each branch once, got '" + loss + "'");
    }
  }

  private static Map<String, String> ofArtefact(String text, List<String> branches) {
    try {
      JsonNode artefact = Json.MAPPER.readTree(text);
      Map<String, String> parts = new LinkedHashMap<>();
      if (artefact.path("kind").asText().equals(KIND)) {
        artefact
            .path("losses")
            .properties()
            .forEach(each -> parts.put(each.getKey(), each.getValue().toString()));
      } else if (branches.size() == 1) {
        parts.put(branches.get(0), text);
      }
      return parts;
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("loss: expected JSON, got " + e.getOriginalMessage(), e);
    }
  }

  /**
   * The loss of a branch.
   *
   * @param branch its name
   * @return the loss; the set closes it
   * @throws IllegalArgumentException if there is none of that name
   */
  public Loss loss(String branch) {
    Loss loss = byBranch.get(branch);
    if (loss == null) {
      throw new IllegalArgumentException(
          "branch: expected one of " + byBranch.keySet() + ", got " + branch);
    }
    return loss;
  }

  /**
   * The sum of the branches' losses, those of auxiliary heads among them.
   *
   * @param pairs what the network gives each branch
   * @return a new scalar, as of {@link Loss#apply}
   * @throws IllegalArgumentException if a branch has no loss, or a loss refuses its tensors
   */
  public Tensor apply(Map<String, Pair> pairs) {
    return Scoped.result(
        () -> {
          Tensor total = null;
          for (Map.Entry<String, Pair> each : pairs.entrySet()) {
            Tensor value = apply(loss(each.getKey()), each.getValue());
            total = total == null ? value : total.add(value);
          }
          return total;
        });
  }

  private static Tensor apply(Loss loss, Pair pair) {
    if (loss.input() == LossInput.DELTAS && pair.deltas() != null) {
      return apply(loss, pair.deltas());
    }
    if (pair.predicted().numel() == 0) {
      return pair.predicted().sum(); // 0, with a gradient
    }
    Tensor value = loss.apply(pair);
    if (pair.auxiliary() != null) {
      Tensor auxiliary = loss.apply(pair.ofAuxiliary());
      value = value.add(auxiliary, new Scalar(Pair.AUXILIARY_WEIGHT));
    }
    return pair.share() == 1 ? value : value.mul(new Scalar(pair.share()));
  }

  /**
   * The set as a JSON artefact, which {@link #parse} turns back into the same losses.
   *
   * @return that of the loss itself if there is one branch
   */
  public String toJson() {
    if (byBranch.size() == 1) {
      return byBranch.values().iterator().next().toJson();
    }
    ObjectNode artefact = Json.MAPPER.createObjectNode();
    artefact.put("autoloss", LossParser.VERSION).put("kind", KIND);
    ObjectNode losses = artefact.putObject("losses");
    try {
      for (Map.Entry<String, Loss> each : byBranch.entrySet()) {
        losses.set(each.getKey(), Json.MAPPER.readTree(each.getValue().toJson()));
      }
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(
          "a loss's toJson() is not JSON: " + e.getOriginalMessage(), e);
    }
    return artefact.toString();
  }

  @Override
  public void close() {
    byBranch.values().forEach(Loss::close);
  }
}
