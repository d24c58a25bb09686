package org.autoloss.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.autoloss.search.RandomSearch;
import org.autoloss.search.ppo.AutoSegLoss;
import org.autoloss.surrogate.SurrogateStart;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** What searches do where nobody says how. */
class SearchDefaultsTest {
  private static AutoSegLoss asl(String... options) {
    SearchAslCommand command = new SearchAslCommand();
    new CommandLine(command).parseArgs(options);
    return (AutoSegLoss) command.method();
  }

  private static AutoSegLoss aslFor(String metric, String... options) {
    return asl(
        Stream.concat(Stream.of("--metric", metric), Stream.of(options)).toArray(String[]::new));
  }

  @ParameterizedTest
  @CsvSource({
    "mIoU, dice",
    "biou, dice",
    "mIoU+BIoU, dice",
    "0.7*FWIoU+0.3*gAcc, ce",
    "BF1,",
    "mAcc, wce",
    "mIoU+gAcc,",
    "mIoU+BF1,",
    "unheard,"
  })
  void asl_nothingGiven_hasTheLossToBeatInItsSpace(String metric, String beside) {
    assertThat(aslFor(metric).with()).isEqualTo(beside);
    SearchRandomCommand random = new SearchRandomCommand();
    new CommandLine(random).parseArgs("--metric", metric);
    assertThat(((RandomSearch) random.method()).with()).isEqualTo(beside);
  }

  @Test
  void asl_oneSeedOrNot_isWhatIsSaid() {
    assertThat(aslFor("mIoU").oneSeed()).isTrue();
    assertThat(aslFor("mIoU", "--no-one-seed").oneSeed()).isFalse();
    assertThat(aslFor("mIoU", "--preset", "PAPER", "--one-seed").oneSeed()).isTrue();
  }

  @Test
  void asl_nothingGiven_startsFromBothCurvesAndNarrows() {
    AutoSegLoss search = aslFor("mIoU");
    assertThat(search.starts()).containsExactly(SurrogateStart.IDENTITY, SurrogateStart.DICE);
    assertThat(search.settings().finalSigma()).isEqualTo(0.05);
  }

  @Test
  void asl_ofThePaper_isAsInThePaper() {
    AutoSegLoss search = aslFor("mIoU", "--preset", "PAPER");
    assertThat(search).isEqualTo(new AutoSegLoss(search.settings()));
    assertThat(search.settings().finalSigma()).isNull();
  }

  @Test
  void asl_ofAnotherTask_hasNothingOfSegmentation() {
    AutoSegLoss search = aslFor("mIoU", "--task", "shapes");
    assertThat(search).isEqualTo(new AutoSegLoss(search.settings()));
  }

  @Test
  void asl_optionsGiven_areTaken() {
    AutoSegLoss search =
        aslFor("mIoU", "--with", "none", "--start", "identity", "--final-sigma", "0.2");
    assertThat(search.with()).isNull();
    assertThat(search.starts()).containsExactly(SurrogateStart.IDENTITY);
    assertThat(search.settings().finalSigma()).isEqualTo(0.2);
    assertThat(aslFor("gAcc", "--with", "focal").with()).isEqualTo("focal");
  }

  @Test
  void toBeatAndBeside_severalMetrics_eachLossOnceAndOneThatServesAll() {
    assertThat(HandMade.toBeat(List.of("mIoU", "BF1", "gAcc", "mAcc", "AP")))
        .containsExactly("dice", "ce", "wce");
    assertThat(HandMade.beside(List.of("mAcc"))).isEqualTo("wce");
    assertThat(HandMade.beside(List.of("BF1"))).isEqualTo(HandMade.NONE);
    assertThat(HandMade.beside(List.of("mIoU", "gAcc"))).isEqualTo(HandMade.NONE);
  }
}
