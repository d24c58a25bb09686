package org.autoloss.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.autoloss.Golden;
import org.autoloss.internal.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code metric coco} as a user runs it. */
class MetricCocoCommandTest {
  private static final String TRUTH =
      """
      {"images":[{"id":1,"width":20,"height":10,"file_name":"a.png"},{"id":2,"width":9,"height":9}],
       "categories":[{"id":1,"name":"cat","keypoints":["a","b"],"skeleton":[[1,2]]},{"id":5}],
       "annotations":[
        {"id":1,"image_id":1,"category_id":1,"bbox":[1,1,8,8],"area":60.5,"iscrowd":0,
         "segmentation":[[1,1,9,1,9,9,1,9]],"keypoints":[2,2,2,7,7,1],"num_keypoints":2},
        {"id":2,"image_id":2,"category_id":5,"bbox":[0,0,9,9],"area":81,"iscrowd":1,
         "segmentation":{"size":[9,9],"counts":[0,81]},"keypoints":[0,0,0,0,0,0]}]}
      """;
  private static final String BOXES =
      """
      [{"image_id":1,"category_id":1,"score":0.9,"bbox":[1,1,8,8]},
       {"image_id":2,"category_id":5,"score":1e-3,"bbox":[1,1,4,4]}]
      """;
  private static final String MASKS =
      """
      [{"image_id":1,"category_id":1,"score":0.9,
        "segmentation":{"size":[10,20],"counts":[11,8,2,8,171]}},
       {"image_id":2,"category_id":5,"score":0.5,"segmentation":{"size":[9,9],"counts":"a2"}}]
      """;
  private static final String POSES =
      """
      [{"image_id":1,"category_id":1,"score":0.9,"keypoints":[2,2,1,7,8,1]}]
      """;

  @TempDir Path folder;

  private CommandLineRun run(String truth, String detections, String type, Object... more)
      throws IOException {
    Object[] words = new Object[8 + more.length];
    System.arraycopy(more, 0, words, 8, more.length);
    words[0] = "metric";
    words[1] = "coco";
    words[2] = "--ground-truth";
    words[3] = Files.writeString(folder.resolve("truth.json"), truth);
    words[4] = "--detections";
    words[5] = Files.writeString(folder.resolve("found.json"), detections);
    words[6] = "--type";
    words[7] = type;
    return CommandLineRun.of(words);
  }

  @Test
  void coco_json_isOneObjectInPycocotoolsOrder() throws IOException {
    JsonNode entry = Golden.entries("coco").get(0);
    CommandLineRun run =
        CommandLineRun.of(
            "metric",
            "coco",
            "--ground-truth",
            Golden.file("coco", "generated.json"),
            "--detections",
            Golden.file("coco", entry.path("detections").asText()),
            "--type",
            entry.path("type").asText(),
            "--json");
    assertThat(run.err()).isEmpty();
    assertThat(Json.parse(run.out(), "output").toString())
        .isEqualTo(entry.path("stats").toString());
  }

  @Test
  void coco_withoutJson_isATable() throws IOException {
    CommandLineRun run = run(TRUTH, BOXES, "bbox");
    assertThat(run.exitCode()).isZero();
    assertThat(run.out().lines()).hasSize(12).contains("AP     1.0000", "APl    -1.0000");
  }

  @Test
  void coco_masksAndPoses_areMeasured() throws IOException {
    assertThat(run(TRUTH, MASKS, "segm", "--json").err()).isEmpty();
    CommandLineRun poses = run(TRUTH, POSES, "keypoints", "--json", "--sigmas", "0.1,0.2");
    assertThat(poses.err()).isEmpty();
    assertThat(Json.parse(poses.out(), "output")).hasSize(10);
    assertThat(run(TRUTH, POSES, "keypoints").err())
        .contains("expected a 17 keypoints, one for each sigma");
  }

  @Test
  void coco_idsBelowOne_areNumberedAnewAndSaid() throws IOException {
    CommandLineRun run =
        run(TRUTH.replace("\"id\":1,\"image_id\"", "\"id\":0,\"image_id\""), BOXES, "bbox");
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).contains("AP     1.0000");
    assertThat(run.err()).contains("note: 1 of the objects").contains("numbered anew");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"bbox\":[1,1,8,8],\"area\"|\"area\"|annotation 1 without 'bbox'",
        "\"area\":60.5,||annotation 1 without 'area'",
        "\"image_id\":2,\"category_id\":5,\"bbox\"|\"image_id\":7,\"category_id\":5,\"bbox\"|annotation 2 of the image 7, which is not among the images",
        "\"category_id\":5,\"bbox\"|\"category_id\":4,\"bbox\"|annotation 2 of the category 4, which is not among the categories",
        "\"id\":2,\"image_id\"|\"id\":1,\"image_id\"|two annotations with the id 1",
        "{\"id\":5}|{\"id\":1}|two categories with the id 1",
        "{\"id\":2,\"width\"|{\"id\":1,\"width\"|two images with the id 1",
        "\"area\":81|\"area\":-81|annotation 2: area: expected 0 or more, got -81",
        "\"area\":81|\"area\":\"81\"|'81' where an area should be (line 6",
        "\"area\":81|\"area\":NaN|Non-standard token 'NaN'",
        "[1,1,8,8]|[1,1,8]|annotation 1: bbox: expected x, y, width and height, got 3 numbers",
        "[1,1,8,8]|[1,1,-8,8]|annotation 1: bbox: expected a width and height of 0 or more, got [1.0, 1.0, -8.0, 8.0]",
        "\"iscrowd\":1|\"iscrowd\":2|'2' where iscrowd, 0 or 1, should be",
        "\"annotations\":[|\"annotation\":[|a file without 'annotations'",
        "\"id\":2,\"image_id\":2|\"id\":2,\"id\":3,\"image_id\":2|Duplicate field 'id'",
        "[0,81]|[0,80]|annotation 2: counts: expected runs of 81 pixels, as the size is 9x9, got 80",
        "\"size\":[9,9],\"counts\":[0,81]|\"size\":[9,8],\"counts\":[0,72]|annotation 2: segmentation: expected runs of the image's size, 9x9, got 9x8",
        "[[1,1,9,1,9,9,1,9]]|[[1,1,9]]|annotation 1: polygon: expected x and y of three corners or more, got 3 numbers",
        "[[1,1,9,1,9,9,1,9]]|[]|annotation 1: polygons: expected at least one, got none",
        "81]},\"keypoints\":[0,0,0,0,0,0]}]}|81]}}]} x|Unrecognized token 'x'",
      })
  void truth_damaged_isRefusedInASentence(String from, String to, String sentence)
      throws IOException {
    assertThat(TRUTH).contains(from);
    CommandLineRun run = run(TRUTH.replace(from, to == null ? "" : to), MASKS, "segm");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err().lines()).hasSize(1);
    assertThat(run.err()).contains("truth.json: ").contains(sentence);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"score\":0.9,|  |detection 1 without 'score'",
        "\"score\":0.9|\"score\":NaN|Non-standard token 'NaN'",
        "\"score\":0.9|\"score\":\"NaN\"|'NaN' where a finite score should be",
        "\"score\":0.9|\"score\":1e999|'1e999' where a finite score should be",
        "\"image_id\":2|\"image_id\":3|detection 2 of the image 3, which is not among the images",
        "\"image_id\":2|\"image_id\":\"2\"|'2' where an image_id should be",
        "\"category_id\":5|\"category_id\":6|detection 2 of the category 6, which is not among",
        "\"counts\":\"a2\"|\"counts\":\"a\"|detection 2: counts: expected COCO's string of runs",
        "[10,20]|[20,10]|detection 1: segmentation: expected runs of the image's size, 10x20",
        "[10,20]|[10,20.5]|detection 1: segmentation: expected whole numbers, got 20.5",
        "\"segmentation\":{\"size\":[9,9]|\"mask\":{\"size\":[9,9]|detection 2 without 'segmentation'",
      })
  void detections_damaged_areRefusedInASentence(String from, String to, String sentence)
      throws IOException {
    assertThat(MASKS).contains(from);
    CommandLineRun run = run(TRUTH, MASKS.replace(from, to == null ? "" : to), "segm");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err().lines()).hasSize(1);
    assertThat(run.err()).contains("found.json: ").contains(sentence);
  }

  @Test
  void options_wrong_areRefused() throws IOException {
    assertThat(run(TRUTH, BOXES, "boxes").err())
        .contains("type: expected one of bbox, segm, keypoints, got 'boxes'");
    assertThat(run(TRUTH, "{}", "bbox").err())
        .contains("an object where a list of detections should be");
    assertThat(run("[]", BOXES, "bbox").err()).contains("a list where an object");
    assertThat(run("", BOXES, "bbox").err()).contains("got an empty file");
    assertThat(run(TRUTH, BOXES, "bbox", "--max-detections", "5").err())
        .contains("limits: expected ascending numbers from 1, got [1, 10, 5]");
    assertThat(
            CommandLineRun.of(
                    "metric",
                    "coco",
                    "--ground-truth",
                    folder,
                    "--detections",
                    folder,
                    "--type",
                    "bbox")
                .err())
        .contains("got a folder");
  }
}
