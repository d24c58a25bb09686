package org.autoloss.task;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import org.autoloss.nn.LoadReport;
import org.autoloss.nn.Network;
import org.autoloss.nn.NetworkSpec;
import org.autoloss.nn.StateDict;

/**
 * The weights that a task's networks begin with, as far as they fit: those of a file, such as a
 * backbone's that was trained on ImageNet. In a task's JSON they are the field {@code init}, and
 * {@code sha256.init} tells whether a file elsewhere is the same.
 *
 * @param file safetensors or PyTorch's
 * @param weights of the file
 * @param digest SHA-256 of the file, hexadecimal
 */
public record InitialWeights(Path file, StateDict weights, String digest) {
  private static final String FIELD = "init";

  /**
   * Opens the file that a task's JSON names.
   *
   * @param settings a task's
   * @return nothing if it names none
   * @throws IllegalArgumentException if there is no such file, or it holds no weights
   * @throws UncheckedIOException if it cannot be read
   */
  public static Optional<InitialWeights> of(JsonNode settings) {
    String name = settings.path(FIELD).asText("");
    return name.isEmpty() ? Optional.empty() : Optional.of(open(Path.of(name)));
  }

  /**
   * Opens a file.
   *
   * @param file safetensors or PyTorch's; it must stay as it is
   * @return its weights
   * @throws IllegalArgumentException if there is no such file, or it holds no weights
   * @throws UncheckedIOException if it cannot be read
   */
  public static InitialWeights open(Path file) {
    try {
      return new InitialWeights(file, StateDict.read(file), sha256(file));
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": " + e.getMessage(), e);
    }
  }

  private static String sha256(Path file) throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
        in.transferTo(OutputStream.nullOutputStream());
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }

  /**
   * Adds the fields to a task's JSON.
   *
   * @param json with or without the field {@code sha256}
   */
  public void putInto(ObjectNode json) {
    json.put(FIELD, file.toString());
    json.withObject("/sha256").put(FIELD, digest);
  }

  /**
   * What a network would take of the file.
   *
   * @param spec which network
   * @return which tensors fit, and which not
   * @throws IllegalArgumentException if none does; the message names the file
   */
  public LoadReport match(NetworkSpec spec) {
    try {
      return spec.match(weights);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
    }
  }

  /**
   * Gives a network what fits it.
   *
   * @param network with fresh weights; those that the file has not stay
   * @return the network
   * @throws IllegalArgumentException if nothing fits, or a value is NaN or infinite; the message
   *     names the file, and the network is closed
   * @throws UncheckedIOException if the file cannot be read; the network is closed
   */
  public Network into(Network network) {
    try {
      network.load(weights);
      return network;
    } catch (IOException e) {
      network.close();
      throw new UncheckedIOException(file + ": " + e.getMessage(), e);
    } catch (IllegalArgumentException e) {
      network.close();
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
    }
  }
}
