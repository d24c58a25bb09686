package org.autoloss.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.autoloss.storage.Entry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two hosts, network namespaces of this machine, and cables that are pulled. Needs a user who may
 * make namespaces, and iproute2.
 */
class SparkNetworkTest {
  private static final String NET = "10.213.77.";
  private static final String NAME = "al" + ProcessHandle.current().pid() % 10_000;

  @TempDir private Path folder;

  @BeforeEach
  void lay() throws Exception {
    boolean allowed =
        ip("link add " + NAME + " type bridge")
            && ip("addr add " + NET + "1/24 dev " + NAME)
            && ip("link set " + NAME + " up");
    for (int i = 0; i < 2 && allowed; i++) {
      allowed =
          ip("netns add " + host(i))
              && ip("link add " + cable(i) + " type veth peer name eth0 netns " + host(i))
              && ip("link set " + cable(i) + " master " + NAME + " up")
              && ip("-n " + host(i) + " addr add " + address(i) + "/24 dev eth0")
              && ip("-n " + host(i) + " link set eth0 up")
              && ip("-n " + host(i) + " link set lo up");
    }
    assumeTrue(allowed, "this user may not make network namespaces");
  }

  @AfterEach
  void clear() throws Exception {
    for (int i = 0; i < 2; i++) {
      ip("netns del " + host(i));
    }
    ip("link del " + NAME);
  }

  private static String host(int i) {
    return NAME + "-" + i;
  }

  private static String cable(int i) {
    return NAME + "c" + i;
  }

  private static String address(int i) {
    return NET + (i + 2);
  }

  private static boolean ip(String arguments) throws Exception {
    try {
      Process process =
          new ProcessBuilder(("ip " + arguments).split(" "))
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.waitFor() == 0;
    } catch (IOException e) {
      return false; // there is no such command
    }
  }

  private static ClusterProcesses.Host namespace(int i) {
    return new ClusterProcesses.Host(address(i), List.of("ip", "netns", "exec", host(i)));
  }

  @Test
  void search_cablesPulled_waitsOrGoesOnElsewhere() throws Exception {
    ClusterProcesses.Host home = new ClusterProcesses.Host(NET + "1", List.of());
    String search =
        "search asl --task toy --set sleep=500 --metric mAcc --warm-steps 1 --proxy-steps 2"
            + " --final-steps 2 --top 1 --seeds 2 --steps 4 --samples 6 --out %s --name %s";
    Path run = folder.resolve("pulled");
    try (ClusterProcesses cluster =
        new ClusterProcesses(
            folder.resolve("cluster"), home, List.of(namespace(0), namespace(1)), 1)) {
      Process whole = DriverProcess.start(cluster, search.formatted(folder, "whole"));
      Process driver =
          DriverProcess.onCluster(
              cluster,
              search.formatted(folder, "pulled"),
              "--spark-conf",
              "spark.network.timeout=8s",
              "--spark-conf",
              "spark.network.timeoutInterval=2s",
              "--spark-conf",
              "spark.executor.heartbeatInterval=1s",
              "--spark-conf",
              "spark.task.maxFailures=5");
      Map<String, Entry> seen = new HashMap<>();
      while (seen.values().stream().map(e -> e.outcome().machine().split(" ")[0]).distinct().count()
          < 2) {
        DriverProcess.awaitProgress(cluster, driver, run, seen);
      }
      pull(0, 1);
      TimeUnit.SECONDS.sleep(3); // less than the timeout: nobody is given up
      plug(0, 1);
      DriverProcess.awaitProgress(cluster, driver, run, seen);
      pull(1);
      int before = seen.size();
      while (seen.size() < before + 5) {
        DriverProcess.awaitProgress(cluster, driver, run, seen);
      }
      TimeUnit.SECONDS.sleep(8); // what the second host has trained begins again on the first one
      plug(1);
      DriverProcess.assertEnds(cluster, driver);
      DriverProcess.assertEnds(cluster, whole);
    }
    DriverProcess.assertSame(run, folder.resolve("whole"));
  }

  private static void pull(int... hosts) throws Exception {
    for (int i : hosts) {
      assertThat(ip("link set " + cable(i) + " down")).isTrue();
    }
  }

  private static void plug(int... hosts) throws Exception {
    for (int i : hosts) {
      assertThat(ip("link set " + cable(i) + " up")).isTrue();
    }
  }
}
