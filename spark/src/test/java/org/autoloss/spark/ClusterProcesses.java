package org.autoloss.spark;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.spark.launcher.JavaModuleOptions;

/** A master and workers of Spark's standalone cluster, processes of their own. */
final class ClusterProcesses implements AutoCloseable {
  private static final String DEPLOY = "org.apache.spark.deploy.";

  private final Path folder;
  private final int cores;
  private final Host home;
  private final List<Host> hosts;
  private final int port;
  private final Process master;
  private final List<Process> workers = new ArrayList<>();

  /**
   * Where processes run.
   *
   * @param address on which they listen
   * @param prefix of their command lines, such as one that enters a network namespace
   */
  record Host(String address, List<String> prefix) {
    static final Host LOOPBACK = new Host("127.0.0.1", List.of());
  }

  ClusterProcesses(Path folder, int workers) throws IOException {
    this(folder, Host.LOOPBACK, Collections.nCopies(workers, Host.LOOPBACK), 1);
  }

  /**
   * A cluster.
   *
   * @param home of master and drivers
   * @param hosts of a worker each
   * @param cores that each worker says it has
   */
  ClusterProcesses(Path folder, Host home, List<Host> hosts, int cores) throws IOException {
    this.cores = cores;
    this.home = home;
    this.hosts = hosts;
    this.folder = Files.createDirectories(folder);
    Files.createDirectories(folder.resolve("home/jars"));
    port = freePort();
    String address = "--host " + home.address() + " --port " + port + " --webui-port 0";
    master = java(home, DEPLOY + "master.Master", "master", address.split(" "));
    for (int i = 0; i < hosts.size(); i++) {
      workers.add(worker(i));
    }
  }

  private int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(home.address()))) {
      return socket.getLocalPort();
    }
  }

  String url() {
    return "spark://" + home.address() + ":" + port;
  }

  /** What a driver on this cluster needs to be told. */
  Map<String, String> settings() {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("spark.driver.host", home.address());
    settings.put("spark.driver.bindAddress", home.address());
    settings.put("spark.executor.memory", "512m");
    settings.put("spark.executor.extraClassPath", System.getProperty("java.class.path"));
    settings.put("spark.executor.extraJavaOptions", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC");
    return settings;
  }

  private Process worker(int index) throws IOException {
    Host host = hosts.get(index);
    String options =
        "--host %s --webui-port 0 --cores %d --memory 1g --work-dir %s %s"
            .formatted(host.address(), cores, folder.resolve("work-" + index), url());
    return java(host, DEPLOY + "worker.Worker", "worker-" + index, options.split(" "));
  }

  /** A program of this class path; its output is in the folder. */
  Process java(String main, String name, String... arguments) throws IOException {
    return java(home, main, name, arguments);
  }

  private Process java(Host host, String main, String name, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>(host.prefix());
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx512m"));
    command.addAll(List.of(JavaModuleOptions.defaultModuleOptions().strip().split(" +")));
    command.add("-Djava.io.tmpdir=" + Files.createDirectories(folder.resolve("tmp")));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("SPARK_HOME", folder.resolve("home").toString());
    builder.environment().put("SPARK_SCALA_VERSION", "2.13");
    builder.environment().put("SPARK_LOCAL_IP", host.address());
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
