package org.autoloss.search.evolution;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.autoloss.graph.LossGraph;
import org.autoloss.graph.RejectionProtocol;
import org.autoloss.graph.RejectionResult;
import org.autoloss.graph.RejectionResult.Status;
import org.junit.jupiter.api.Test;

class GenotypeProtocolTest {
  /** Accepts graphs of two operators or more; the number of operators is the fingerprint. */
  private static final RejectionProtocol COUNTING =
      (graphs, known) -> {
        assertThat(known).isNull(); // those of one branch say nothing of the whole
        return graphs.stream().map(GenotypeProtocolTest::verdict).toList();
      };

  private static RejectionResult verdict(LossGraph graph) {
    int count = graph.operatorCount();
    Status status =
        count == 0 ? Status.NO_GRADIENT : count == 1 ? Status.BELOW_THRESHOLD : Status.ACCEPTED;
    return new RejectionResult(status, count / 10.0, new double[] {count}, count);
  }

  private static Genotype candidate(String a, String b) {
    Map<String, LossGraph> graphs = new LinkedHashMap<>();
    graphs.put("a", LossGraph.parse(a));
    graphs.put("b", LossGraph.parse(b));
    return new Genotype(graphs);
  }

  private static final GenotypeProtocol BOTH =
      GenotypeProtocol.of(Map.of("a", COUNTING, "b", COUNTING));

  private static List<RejectionResult> results(
      GenotypeProtocol protocol, List<Genotype> candidates, long[] known) {
    return protocol.evaluate(candidates, known).stream().map(BranchVerdict::result).toList();
  }

  private static List<Status> statuses(List<RejectionResult> results) {
    return results.stream().map(RejectionResult::status).toList();
  }

  @Test
  void evaluate_twoBranches_mustPassInBoth() {
    List<RejectionResult> results =
        results(
            BOTH,
            List.of(
                candidate("neg(log(yhat))", "exp(neg(log(yhat)))"),
                candidate("neg(log(yhat))", "neg(yhat)"),
                candidate("neg(yhat)", "neg(log(yhat))"),
                candidate("neg(log(yhat))", "yhat")),
            null);
    assertThat(statuses(results))
        .containsExactly(
            Status.ACCEPTED, Status.BELOW_THRESHOLD, Status.BELOW_THRESHOLD, Status.NO_GRADIENT);
    assertThat(results.get(0).score()).isEqualTo(0.25);
    assertThat(results.get(0).norms()).containsExactly(2, 3);
    assertThat(results.get(1).score()).isEqualTo(0.1);
  }

  @Test
  void evaluate_fingerprints_areThoseOfAllBranchesInTheirPlaces() {
    List<Genotype> candidates =
        List.of(
            candidate("neg(log(yhat))", "exp(neg(log(yhat)))"),
            candidate("exp(neg(log(yhat)))", "neg(log(yhat))"),
            candidate("log(neg(yhat))", "abs(neg(log(yhat)))"), // as the first
            candidate("yhat", "yhat"),
            candidate("yhat", "yhat"));
    List<RejectionResult> results = results(BOTH, candidates, new long[0]);
    assertThat(statuses(results))
        .containsExactly(
            Status.ACCEPTED,
            Status.ACCEPTED,
            Status.DUPLICATE,
            Status.NO_GRADIENT,
            Status.NO_GRADIENT);
    assertThat(results.get(1).fingerprint()).isNotEqualTo(results.get(0).fingerprint());
    assertThat(results.get(2).fingerprint()).isEqualTo(results.get(0).fingerprint());
    long[] known = {results.get(0).fingerprint()};
    assertThat(results(BOTH, candidates.subList(0, 1), known).get(0).status())
        .isEqualTo(Status.DUPLICATE);
  }

  @Test
  void evaluate_branchWithoutAProtocol_isAcceptedAndToldApartByItsForm() {
    GenotypeProtocol one = GenotypeProtocol.of(Map.of("a", COUNTING));
    List<RejectionResult> results =
        results(
            one,
            List.of(
                candidate("neg(log(yhat))", "add(y,yhat)"),
                candidate("neg(log(yhat))", "add(yhat,y)"),
                candidate("neg(log(yhat))", "mul(y,yhat)"),
                candidate("neg(yhat)", "mul(y,yhat)")),
            new long[0]);
    assertThat(statuses(results))
        .containsExactly(
            Status.ACCEPTED, Status.DUPLICATE, Status.ACCEPTED, Status.BELOW_THRESHOLD);
  }

  @Test
  void evaluate_rejectedCandidate_isOneOfTheBranchThatFailed() {
    List<Genotype> candidates =
        List.of(
            candidate("neg(log(yhat))", "exp(neg(log(yhat)))"),
            candidate("neg(log(yhat))", "neg(yhat)"),
            candidate("neg(yhat)", "neg(yhat)"));
    assertThat(BOTH.evaluate(candidates, null).stream().map(BranchVerdict::branch))
        .containsExactly(null, "b", "a");
    // what comes again is not judged again, and is said of the same branch
    assertThat(BOTH.evaluate(candidates, null)).isEqualTo(BOTH.evaluate(candidates, null));
  }

  @Test
  void parse_itsOwnText_givesTheSameGenotype() {
    Genotype two = candidate("neg(log(yhat))", "exp(y)");
    assertThat(Genotype.parse(two.toString(), null)).isEqualTo(two);
    Genotype one = new Genotype(Map.of("a", LossGraph.parse("exp(y)")));
    assertThat(Genotype.parse(one.toString(), "a")).isEqualTo(one);
  }
}
