package org.autoloss.search.evolution;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.autoloss.graph.BranchGraphs;
import org.autoloss.graph.HandcraftedGraphs;
import org.autoloss.graph.LossGraph;
import org.autoloss.internal.Json;
import org.autoloss.storage.Entry;
import org.autoloss.storage.RunReader;
import org.autoloss.storage.Stage;
import org.autoloss.task.Branch;

/**
 * What earlier searches found, branch by branch: the best graphs of each, best first. A search for
 * several branches begins with them: with the best of all branches, the second best of all, and so
 * on.
 *
 * @param graphs by the names of the branches
 */
public record Ancestors(Map<String, List<LossGraph>> graphs) {
  /** There are none. */
  public static final Ancestors NONE = new Ancestors(Map.of());

  /** Copies the graphs. */
  public Ancestors {
    Map<String, List<LossGraph>> copies = new LinkedHashMap<>();
    graphs.forEach((branch, each) -> copies.put(branch, List.copyOf(each)));
    graphs = Collections.unmodifiableMap(copies);
  }

  /**
   * Reads runs of AutoLoss-Zero.
   *
   * @param runs their folders; each names its branches
   * @param count how many graphs of each at most
   * @return the graphs; of two runs with one branch, those of both, one after the other
   * @throws IllegalArgumentException if a run is none of AutoLoss-Zero for named branches, or has
   *     trained nothing
   * @throws IOException if a run cannot be read
   */
  public static Ancestors read(List<Path> runs, int count) throws IOException {
    Map<String, List<LossGraph>> found = new LinkedHashMap<>();
    for (Path run : runs) {
      try (RunReader reader = RunReader.open(run)) {
        String branch = branch(run, reader);
        List<Entry> best =
            reader.entries(Stage.INDIVIDUAL).stream()
                .filter(entry -> entry.outcome().score() != null)
                .sorted(
                    Comparator.<Entry>comparingDouble(entry -> -entry.outcome().score())
                        .thenComparingInt(Entry::sample))
                .limit(count)
                .toList();
        if (best.isEmpty()) {
          throw new IllegalArgumentException(
              run + ": expected a run that has trained individuals, got none");
        }
        for (Entry entry : best) {
          add(genotype(run, entry.content(), branch), found);
        }
      }
    }
    return new Ancestors(found);
  }

  /**
   * Losses that people made.
   *
   * @param searched the branches that losses are searched for
   * @return those of each branch
   * @throws IllegalArgumentException if graphs cannot be losses of one
   */
  public static Ancestors handcrafted(List<Branch> searched) {
    Map<String, List<LossGraph>> graphs = new LinkedHashMap<>();
    searched.forEach(branch -> graphs.put(branch.name(), HandcraftedGraphs.of(branch.input())));
    return new Ancestors(graphs);
  }

  /** The branch of graphs that stand alone: that of the run, if it names one. */
  private static String branch(Path run, RunReader reader) throws IOException {
    List<String> named = strings(reader.info().configuration().path("search").path("branches"));
    return named.size() == 1 ? named.get(0) : null;
  }

  private static List<String> strings(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).map(JsonNode::asText).toList();
  }

  private static Genotype genotype(Path run, String content, String branch) {
    try {
      return Genotype.parse(content, branch);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          run + ": expected a run of 'search zero' with --branches; " + e.getMessage(), e);
    }
  }

  private static void add(Genotype genotype, Map<String, List<LossGraph>> found) {
    genotype
        .graphs()
        .forEach(
            (branch, graph) -> {
              List<LossGraph> own = found.computeIfAbsent(branch, key -> new ArrayList<>());
              if (!own.contains(graph)) {
                own.add(graph);
              }
            });
  }

  /**
   * The ancestors in a run's configuration.
   *
   * @param json as {@link #toJson} makes it, or missing
   * @return the same graphs
   */
  static Ancestors of(JsonNode json) {
    Map<String, List<LossGraph>> graphs = new LinkedHashMap<>();
    json.properties()
        .forEach(
            each ->
                graphs.put(
                    each.getKey(),
                    strings(each.getValue()).stream().map(BranchGraphs::parse).toList()));
    return new Ancestors(graphs);
  }

  /** One JSON object with the graphs' texts, by the names of the branches. */
  JsonNode toJson() {
    Map<String, List<String>> texts = new LinkedHashMap<>();
    graphs.forEach(
        (branch, each) -> texts.put(branch, each.stream().map(LossGraph::toString).toList()));
    return Json.MAPPER.valueToTree(texts);
  }

  /**
   * Refuses graphs of branches that are not searched, or have other inputs.
   *
   * @param searched the branches
   * @throws IllegalArgumentException if there are such
   */
  void requireOf(List<Branch> searched) {
    graphs.forEach(
        (name, own) -> {
          Branch branch =
              searched.stream()
                  .filter(each -> each.name().equals(name))
                  .findFirst()
                  .orElseThrow(
                      () ->
                          new IllegalArgumentException(
                              "from: expected runs for some of "
                                  + searched.stream().map(Branch::name).toList()
                                  + ", got one for "
                                  + name));
          own.forEach(graph -> BranchGraphs.requireInputs(graph, branch.input()));
        });
  }

  /** How many candidates begin with ancestors. */
  int count() {
    return graphs.values().stream().mapToInt(List::size).max().orElse(0);
  }

  /** Whether a candidate has one of these graphs. */
  boolean has(Genotype genotype) {
    return graphs.entrySet().stream()
        .anyMatch(
            own ->
                genotype.graphs().containsKey(own.getKey())
                    && own.getValue().contains(genotype.graph(own.getKey())));
  }

  /**
   * One of the first candidates.
   *
   * @param index from 0, below {@link #count}
   * @param others a candidate from scratch, for branches without ancestors
   * @return a graph for each branch; a branch with fewer ancestors than others begins again with
   *     its best
   */
  Genotype genotype(int index, Genotype others) {
    Genotype genotype = others;
    for (String branch : others.graphs().keySet()) {
      List<LossGraph> own = graphs.getOrDefault(branch, List.of());
      if (!own.isEmpty()) {
        genotype = genotype.with(branch, own.get(index % own.size()));
      }
    }
    return genotype;
  }
}
