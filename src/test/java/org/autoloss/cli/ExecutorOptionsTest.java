package org.autoloss.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where the artefact of Spark is not there, and options that need it. */
class ExecutorOptionsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --executor spark | --executor: expected autoloss-spark on the class path for spark, got none
          --executor slurm | --executor: expected local or spark, got 'slurm'
          --master spark://host:7077 | --master: expected --executor spark with it, got local
          --spark-conf a=b | --spark-conf: expected --executor spark with it, got local
          """)
  void executor_thatIsNotThere_isNamedBeforeDataAreRead(String options, String sentence) {
    for (String command :
        new String[] {
          "search asl --metric mIoU --data nowhere",
          "search zero --metric mIoU --data nowhere",
          "table --data nowhere --out nowhere"
        }) {
      CommandLineRun run = CommandLineRun.of((Object[]) (command + " " + options).split(" "));
      assertThat(run.exitCode()).isEqualTo(1);
      assertThat(run.err()).contains("autoloss: " + sentence);
    }
  }
}
