package org.autoloss;

import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import org.autoloss.data.JpegBytes;
import org.autoloss.data.Sample;
import org.autoloss.data.VocDataset;
import org.autoloss.data.VocWriter;
import org.autoloss.graph.LossGraph;
import org.autoloss.internal.Json;
import org.autoloss.internal.Npy;
import org.autoloss.loss.Loss;
import org.autoloss.metric.ObjectiveMetric;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.autoloss.nn.Checkpoint;
import org.autoloss.nn.Network;
import org.autoloss.nn.NetworkSpec;
import org.autoloss.nn.StateDict;
import org.autoloss.nn.TensorData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every parser of the library on damaged and hostile input, see {@link Fuzz}. */
class ParserFuzzTest {
  @TempDir Path folder;

  @Test
  void lossSpecification_damaged_isReadOrRefused() {
    Fuzz.run(
        1,
        input -> Loss.parse(Fuzz.text(input)).close(),
        "ce",
        "0.5*ce+asl:mIoU",
        "wce:border=5+lovasz:per_image=true",
        "tversky:alpha=0.3,beta=0.7",
        "expr:neg(mul(y,log(yhat)))",
        artefact("asl:BF1"),
        artefact("0.25*expr:inv(add(1,exp(mean_nhw(yhat))))+dice"));
  }

  @Test
  void lossArtefactFile_damaged_isReadOrRefused() {
    Path file = folder.resolve("found.json");
    Fuzz.run(
        2,
        input -> {
          Files.write(file, input);
          Loss.read(file).close();
        },
        artefact("asl:mIoU"),
        artefact("expr:square(add(y,neg(yhat)))"),
        artefact("ce+0.5*asl:BIoU"));
  }

  @Test
  void graphText_damaged_isReadOrRefused() {
    Fuzz.run(
        3,
        input -> LossGraph.parse(Fuzz.text(input)),
        "neg(mul(y,log(yhat)))",
        "maxpool3(add(1,tanh(sqrt(mean_c(abs(yhat))))))");
  }

  @Test
  void graphJson_damaged_isReadOrRefused() {
    Fuzz.run(
        4,
        input -> LossGraph.fromJson(Json.parse(Fuzz.text(input), "graph")),
        LossGraph.parse("add(exp(yhat),square(exp(yhat)))").toJson().toString());
  }

  @Test
  void goal_damaged_isReadOrRefused() {
    Fuzz.run(
        13,
        input -> ObjectiveMetric.parse(Fuzz.text(input), SegmentationMetric.all()),
        "mIoU",
        "mIoU+BF1",
        "0.7*mIoU + 3e-1 * BIoU");
  }

  @Test
  void npy_damaged_isReadOrRefused() throws IOException {
    Path file = folder.resolve("a.npy");
    Npy.write(file, new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
    Fuzz.run(
        5,
        input -> {
          Npy array = Npy.parse(input);
          if (array.type().startsWith("f")) {
            array.floats();
          } else {
            array.ints();
          }
        },
        Files.readAllBytes(file));
  }

  @Test
  void checkpoint_damaged_isReadOrRefused() throws IOException {
    Path file = folder.resolve("a.ckpt");
    try (Network network = Network.of(new NetworkSpec("fcn:width=1", 2), 1)) {
      network.checkpoint().withNotes(Map.of("note", "x")).write(file);
    }
    Fuzz.run(
        11,
        input -> {
          Files.write(file, input);
          Checkpoint.read(file);
        },
        Files.readAllBytes(file));
  }

  @Test
  void firstCheckpoint_damagedBehindACorrectChecksum_isReadOrRefused() throws IOException {
    Path file = folder.resolve("a.ckpt");
    byte[] whole = Files.readAllBytes(Path.of("src/test/resources/checkpoints/version-1.ckpt"));
    Fuzz.run(
        6,
        input -> {
          Files.write(file, withChecksum(input));
          Checkpoint.read(file);
        },
        Arrays.copyOf(whole, whole.length - Integer.BYTES));
  }

  @Test
  void safetensors_damaged_isReadOrRefused() throws IOException {
    Path file = folder.resolve("a.safetensors");
    Map<String, TensorData> tensors = new TreeMap<>();
    tensors.put("conv.weight", TensorData.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3));
    tensors.put("bn.num_batches_tracked", TensorData.of(7));
    new StateDict(tensors, Map.of("format", "pt")).write(file);
    Fuzz.run(
        10,
        input -> {
          Files.write(file, input);
          for (TensorData tensor : StateDict.read(file).tensors().values()) {
            tensor.floats();
          }
        },
        Files.readAllBytes(file),
        // a longer one, with room for mutations of its header
        padded(Files.readAllBytes(file), 40));
  }

  @Test
  void pyTorchFile_damaged_isReadOrRefused() throws IOException {
    Path file = folder.resolve("a.pth");
    Path written = Path.of("src/test/resources/pth");
    Fuzz.run(
        14,
        input -> {
          Files.write(file, input);
          for (TensorData tensor : StateDict.read(file).tensors().values()) {
            tensor.floats();
          }
        },
        Files.readAllBytes(written.resolve("zip.pth")),
        Files.readAllBytes(written.resolve("legacy.pth")),
        Files.readAllBytes(written.resolve("checkpoint.pth")));
  }

  private static byte[] padded(byte[] safetensors, int spaces) {
    ByteBuffer in = ByteBuffer.wrap(safetensors).order(ByteOrder.LITTLE_ENDIAN);
    int header = (int) in.getLong();
    byte[] rest = Arrays.copyOfRange(safetensors, Long.BYTES + header, safetensors.length);
    ByteBuffer out =
        ByteBuffer.allocate(safetensors.length + spaces).order(ByteOrder.LITTLE_ENDIAN);
    out.putLong(header + spaces).put(safetensors, Long.BYTES, header);
    out.put(" ".repeat(spaces).getBytes(StandardCharsets.UTF_8)).put(rest);
    return out.array();
  }

  @Test
  void imageList_damaged_isReadOrRefused() throws IOException {
    writeDataset();
    Path list = folder.resolve("ImageSets/Segmentation/train.txt");
    Fuzz.run(
        7,
        input -> {
          Files.write(list, input);
          VocDataset.open(folder, "train");
        },
        Files.readAllBytes(list));
  }

  @Test
  void classList_damaged_isReadOrRefused() throws IOException {
    writeDataset();
    Path classes = folder.resolve("classes.txt");
    Fuzz.run(
        10,
        input -> {
          Files.write(classes, input);
          VocDataset.open(folder, "train");
        },
        Files.readAllBytes(classes));
  }

  @Test
  void labelFile_damaged_isReadOrRefused() throws IOException {
    writeDataset();
    fuzzSample(8, folder.resolve("SegmentationClass/a.png"));
  }

  @Test
  void imageFile_damaged_isReadOrRefused() throws IOException {
    writeDataset();
    fuzzSample(9, folder.resolve("JPEGImages/a.jpg"));
  }

  @Test
  void imageFileOfManySegments_damaged_isReadOrRefused() throws IOException {
    writeDataset();
    Path file = folder.resolve("JPEGImages/a.jpg");
    byte[] jpeg = Files.readAllBytes(file);
    byte[] profile = ICC_Profile.getInstance(ColorSpace.CS_GRAY).getData();
    fuzzSample(
        11,
        file,
        JpegBytes.with(jpeg, JpegBytes.exif(3, ByteOrder.BIG_ENDIAN)),
        JpegBytes.with(JpegBytes.withoutJfif(jpeg), JpegBytes.adobe(1)),
        JpegBytes.with(JpegBytes.withoutJfif(jpeg), JpegBytes.exif(4, ByteOrder.LITTLE_ENDIAN)),
        JpegBytes.with(jpeg, JpegBytes.profile(profile, 1, 1)));
  }

  @Test
  void labelFile_damagedBehindCorrectChecksums_isReadOrRefused() throws IOException {
    writeDataset();
    Path file = folder.resolve("SegmentationClass/a.png");
    byte[] whole = Files.readAllBytes(file);
    Fuzz.run(
        12,
        input -> {
          Files.write(file, withPngChecksums(input));
          VocDataset.open(folder, "train", 0).get(0);
        },
        whole);
  }

  private void fuzzSample(long seed, Path file) throws IOException {
    fuzzSample(seed, file, Files.readAllBytes(file));
  }

  private void fuzzSample(long seed, Path file, byte[]... seeds) {
    Fuzz.run(
        seed,
        input -> {
          Files.write(file, input);
          VocDataset.open(folder, "train", 0).get(0);
        },
        seeds);
  }

  private void writeDataset() throws IOException {
    VocWriter writer = new VocWriter(folder, List.of("background", "cat"));
    byte[] labels = new byte[48];
    labels[7] = 1;
    writer.write(new Sample("a", 8, 6, new byte[3 * labels.length], labels));
    writer.writeSplit("train", List.of("a"));
  }

  private static String artefact(String specification) {
    try (Loss loss = Loss.parse(specification)) {
      return loss.toJson();
    }
  }

  private static byte[] withChecksum(byte[] body) {
    CRC32C crc = new CRC32C();
    crc.update(body);
    return ByteBuffer.allocate(body.length + Integer.BYTES)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(body)
        .putInt((int) crc.getValue())
        .array();
  }

  /** Corrects the checksum of each chunk, as far as chunks can be told. */
  private static byte[] withPngChecksums(byte[] png) {
    byte[] result = png.clone();
    int at = 8; // the signature
    while (at + 12 <= result.length) {
      int length = ByteBuffer.wrap(result).getInt(at);
      if (length < 0 || length > result.length - at - 12) {
        break;
      }
      CRC32 crc = new CRC32();
      crc.update(result, at + 4, 4 + length);
      ByteBuffer.wrap(result).putInt(at + 8 + length, (int) crc.getValue());
      at += 12 + length;
    }
    return result;
  }
}
