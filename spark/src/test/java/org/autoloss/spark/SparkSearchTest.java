package org.autoloss.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.autoloss.storage.Entry;
import org.autoloss.storage.RunInfo;
import org.autoloss.storage.RunReader;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Searches from the command line on a real cluster, and the same in one process. */
class SparkSearchTest {
  private static final int POLL_MILLIS = 50;
  private static final int LONGEST_PAUSE_MILLIS = 1_200;

  @TempDir private static Path folder;
  private static ClusterProcesses cluster;

  @BeforeAll
  static void start() throws IOException {
    cluster = new ClusterProcesses(folder.resolve("cluster"), 2);
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  @Test
  void search_onACluster_leavesWhatOneOnThisMachineLeaves() throws Exception {
    Path scenes = folder.resolve("scenes");
    String draw = "data scenes --size 32 --warm 8 --train 8 --reward 4 --test 4 --out " + scenes;
    DriverProcess.assertEnds(cluster, DriverProcess.start(cluster, draw));
    String search =
        "search asl --metric mIoU --data %s --crop 32 --width 2 --batch 2 --warm-steps 4"
            + " --proxy-steps 3 --final-steps 4 --top 1 --seeds 2 --steps 2 --samples 3 --out %s";
    Path local = folder.resolve("local");
    Path spark = folder.resolve("spark");
    Process here = DriverProcess.start(cluster, search.formatted(scenes, local));
    DriverProcess.assertEnds(
        cluster, DriverProcess.onCluster(cluster, search.formatted(scenes, spark)));
    DriverProcess.assertEnds(cluster, here);
    DriverProcess.assertSame(spark.resolve("asl-miou-0"), local.resolve("asl-miou-0"));
    assertThat(pictures(spark)).isEqualTo(pictures(local)).isNotEmpty();
  }

  private static List<String> pictures(Path runs) throws IOException {
    try (Stream<Path> files = Files.list(runs.resolve("asl-miou-0/examples"))) {
      List<String> pictures = new ArrayList<>();
      for (Path file : files.sorted().toList()) {
        pictures.add(file.getFileName() + " " + Arrays.hashCode(Files.readAllBytes(file)));
      }
      return pictures;
    }
  }

  /** What is killed: an executor's process, a worker's or the driver's. */
  private enum Victim {
    EXECUTOR,
    WORKER,
    DRIVER
  }

  private static List<Victim> victims(Random random) {
    List<Victim> victims = new ArrayList<>(Collections.nCopies(14, Victim.EXECUTOR));
    victims.addAll(Collections.nCopies(3, Victim.WORKER));
    victims.addAll(Collections.nCopies(3, Victim.DRIVER));
    Collections.shuffle(victims, random);
    return victims;
  }

  @Test
  void search_processesKilledAtRandomMoments_losesNothingAndCountsNothingTwice() throws Exception {
    String search =
        "search asl --task toy --set sleep=400 --metric mAcc --warm-steps 1 --proxy-steps 2"
            + " --final-steps 2 --top 1 --seeds 2 --steps 6 --samples 6 --out %s --name %s";
    Process whole = DriverProcess.start(cluster, search.formatted(folder, "whole"));
    Path run = folder.resolve("killed");
    Random random = new Random(1);
    Map<String, Entry> seen = new HashMap<>();
    // Chance may hit one candidate time and again, for which it cannot be blamed.
    String[] patience = {"--spark-conf", "spark.task.maxFailures=20"};
    Process driver = DriverProcess.onCluster(cluster, search.formatted(folder, "killed"), patience);
    for (Victim victim : victims(random)) {
      DriverProcess.awaitProgress(cluster, driver, run, seen);
      TimeUnit.MILLISECONDS.sleep(random.nextInt(LONGEST_PAUSE_MILLIS));
      kill(victim, driver, random);
      if (victim == Victim.DRIVER) {
        driver = DriverProcess.onCluster(cluster, "search resume " + run, patience);
      }
    }
    DriverProcess.assertEnds(cluster, driver);
    DriverProcess.assertEnds(cluster, whole);
    assertThat(DriverProcess.trainings(run)).containsAllEntriesOf(seen);
    DriverProcess.assertSame(run, folder.resolve("whole"));
    try (RunReader reader = RunReader.open(run)) {
      assertThat(reader.info().status()).isEqualTo(RunInfo.Status.COMPLETE);
      assertThat(reader.sessions()).hasSize(4);
    }
  }

  private static void kill(Victim victim, Process driver, Random random) throws Exception {
    switch (victim) {
      case EXECUTOR -> {
        List<ProcessHandle> executors = cluster.executors();
        while (executors.isEmpty()) {
          TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
          executors = cluster.executors();
        }
        ClusterProcesses.kill(executors.get(random.nextInt(executors.size())));
      }
      case WORKER -> cluster.replaceWorker(random.nextInt(2));
      case DRIVER -> ClusterProcesses.kill(driver.toHandle());
    }
  }
}
