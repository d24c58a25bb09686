import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A program that proposes losses: it begins with a few that people use, and goes on with sums of
 * the two best so far that were not tried. A language model or another optimiser takes its place in
 * the same way: write an expression a line, read a line of JSON for each.
 *
 * <pre>
 * ./autoloss search zero --metric mIoU --data DIR --propose "java examples/proposer/SumProposer.java 10"
 * </pre>
 */
public final class SumProposer {
  private static final Pattern SCORE = Pattern.compile("\"score\":([0-9.eE-]+)");
  private static final List<String> FIRST =
      List.of(
          "neg(mul(y,log(yhat)))",
          "square(add(y,neg(yhat)))",
          "neg(mul(mean_nhw(mul(y,yhat)),inv(add(mean_nhw(square(yhat)),mean_nhw(y)))))");

  private SumProposer() {}

  /**
   * Proposes.
   *
   * @param args how many losses, beside the first three
   * @throws IOException if the search has ended
   */
  public static void main(String[] args) throws IOException {
    int count = args.length > 0 ? Integer.parseInt(args[0]) : 10;
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    in.readLine(); // what is searched for, and the words that there are
    Map<String, Double> scores = new LinkedHashMap<>();
    for (String loss : FIRST) {
      scores.put(loss, propose(loss, in));
    }
    for (int i = 0; i < count; i++) {
      String next = next(scores);
      scores.put(next, propose(next, in));
    }
  }

  /** Says a loss, and hears its score; 0 if it was rejected. */
  private static double propose(String loss, BufferedReader in) throws IOException {
    System.out.println(loss);
    String answer = in.readLine();
    Matcher score = SCORE.matcher(answer == null ? "" : answer);
    return score.find() ? Double.parseDouble(score.group(1)) : 0;
  }

  private static String next(Map<String, Double> scores) {
    List<String> best =
        scores.keySet().stream()
            .sorted(Comparator.comparingDouble(loss -> -scores.get(loss)))
            .toList();
    for (String one : best) {
      for (String other : best) {
        String sum = "add(" + one + "," + other + ")";
        if (!one.equals(other) && !scores.containsKey(sum)) {
          return sum;
        }
      }
    }
    return "neg(" + best.get(0) + ")";
  }
}
