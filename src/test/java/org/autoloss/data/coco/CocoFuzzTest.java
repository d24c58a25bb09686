package org.autoloss.data.coco;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import org.autoloss.Fuzz;
import org.autoloss.metric.detection.CocoEvaluator;
import org.autoloss.metric.detection.CocoSettings;
import org.autoloss.metric.detection.CocoType;
import org.autoloss.metric.detection.KeypointSimilarity;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Annotation and result files that are damaged or hostile: measured, or refused in a sentence. */
class CocoFuzzTest {
  private static final String TRUTH =
      """
      {"images":[{"id":1,"width":20,"height":10,"file_name":"a.png"}],
       "categories":[{"id":1,"name":"cat","keypoints":["a","b"],"skeleton":[[1,2]]}],
       "annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[1,1,8,8],"area":60.5,
         "segmentation":[[1,1,9,1,9,9,1,9]],"keypoints":[2,2,2,7,7,1]},
        {"id":2,"image_id":1,"category_id":1,"bbox":[0,0,9,9],"area":81,"iscrowd":1,
         "segmentation":{"size":[10,20],"counts":[0,81,119]},"keypoints":[0,0,0,0,0,0]}]}
      """;
  private static final String MASKS =
      """
      [{"image_id":1,"category_id":1,"score":0.9,
        "segmentation":{"size":[10,20],"counts":[11,8,2,8,171]}},
       {"image_id":1,"category_id":1,"score":0.5,
        "segmentation":{"size":[10,20],"counts":";820Y5"}}]
      """;
  private static final String POSES =
      """
      [{"image_id":1,"category_id":1,"score":0.9,"keypoints":[2,2,1,7,8,1]}]
      """;

  @TempDir Path folder;

  @Test
  void truth_damaged_isReadOrRefused() {
    fuzz(51, TRUTH, input -> run(input, bytes(MASKS), CocoType.SEGM));
  }

  @Test
  void masks_damaged_areReadOrRefused() {
    fuzz(52, MASKS, input -> run(bytes(TRUTH), input, CocoType.SEGM));
  }

  @Test
  void poses_damaged_areReadOrRefused() {
    fuzz(53, POSES, input -> run(bytes(TRUTH), input, CocoType.KEYPOINTS));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void fuzz(long seed, String whole, Fuzz.Parser parser) {
    Fuzz.run(seed, parser, whole);
  }

  private void run(byte[] truth, byte[] found, CocoType type) throws IOException {
    Path truthFile = Files.write(folder.resolve("truth.json"), truth);
    Path foundFile = Files.write(folder.resolve("found.json"), found);
    CocoFile file = CocoFile.read(truthFile, EnumSet.of(type));
    CocoSettings settings =
        CocoSettings.of(type).withSimilarity(new KeypointSimilarity(List.of(.1, .2)));
    assertThat(
            new CocoEvaluator(settings)
                .evaluate(
                    file.imageIds(),
                    file.categoryIds(),
                    file.objects(),
                    CocoResultFile.read(foundFile, file, type))
                .values()
                .values())
        .allMatch(value -> value >= -1 && value <= 1);
  }
}
