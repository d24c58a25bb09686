package org.autoloss.spark;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.spark.launcher.JavaModuleOptions;

/** A master and workers of Spark's standalone cluster, processes of their own on the loopback. */
final class ClusterProcesses implements AutoCloseable {
  private static final String HOST = "127.0.0.1";
  private static final String DEPLOY = "org.apache.spark.deploy.";

  private final Path folder;
  private final int port;
  private final Process master;
  private final List<Process> workers = new ArrayList<>();

  ClusterProcesses(Path folder, int workers) throws IOException {
    this.folder = Files.createDirectories(folder);
    Files.createDirectories(folder.resolve("home/jars"));
    port = freePort();
    String address = "--host " + HOST + " --port " + port + " --webui-port 0";
    master = java(DEPLOY + "master.Master", "master", address.split(" "));
    for (int i = 0; i < workers; i++) {
      this.workers.add(worker(i));
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(HOST))) {
      return socket.getLocalPort();
    }
  }

  String url() {
    return "spark://" + HOST + ":" + port;
  }

  /** What a driver on this cluster needs to be told. */
  static Map<String, String> settings() {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("spark.driver.host", HOST);
    settings.put("spark.driver.bindAddress", HOST);
    settings.put("spark.executor.memory", "512m");
    settings.put("spark.executor.extraClassPath", System.getProperty("java.class.path"));
    settings.put("spark.executor.extraJavaOptions", "-XX:TieredStopAtLevel=1 -Xshare:auto");
    return settings;
  }

  private Process worker(int index) throws IOException {
    String options =
        "--host %s --webui-port 0 --cores 1 --memory 1g --work-dir %s %s"
            .formatted(HOST, folder.resolve("work-" + index), url());
    return java(DEPLOY + "worker.Worker", "worker-" + index, options.split(" "));
  }

  /** A program of this class path; its output is in the folder. */
  Process java(String main, String name, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-Xmx512m"));
    command.addAll(List.of(JavaModuleOptions.defaultModuleOptions().strip().split(" +")));
    command.add("-Djava.io.tmpdir=" + Files.createDirectories(folder.resolve("tmp")));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("SPARK_HOME", folder.resolve("home").toString());
    builder.environment().put("SPARK_SCALA_VERSION", "2.13");
    builder.environment().put("SPARK_LOCAL_IP", HOST);
    builder.environment().put("OPENBLAS_NUM_THREADS", "1");
    return builder.redirectOutput(ProcessBuilder.Redirect.appendTo(output(name).toFile())).start();
  }

  Path output(String name) {
    return folder.resolve(name + ".txt");
  }

  /** The processes that train, as of now: whatever workers have started. */
  List<ProcessHandle> executors() {
    return workers.stream().flatMap(worker -> worker.descendants()).toList();
  }

  /** Kills a worker, and starts another one in its place. */
  void replaceWorker(int index) throws IOException {
    kill(workers.get(index).toHandle());
    workers.set(index, worker(index));
  }

  /** {@code kill -9}. */
  static void kill(ProcessHandle process) {
    process.destroyForcibly();
    process.onExit().orTimeout(10, TimeUnit.SECONDS).join();
  }

  @Override
  public void close() {
    List<ProcessHandle> all = new ArrayList<>(executors());
    workers.forEach(worker -> all.add(worker.toHandle()));
    all.add(master.toHandle());
    all.forEach(ProcessHandle::destroyForcibly);
  }
}
