package org.autoloss.spark;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.Serializable;
import org.autoloss.search.Trial;

/**
 * What travels to an executor: texts. The weights to start from are a file that Spark brings once
 * to each executor; data lie there, or are the reason to refuse.
 *
 * @param ground the task's JSON, with the fingerprints of the data
 * @param warm name of the checkpoint among Spark's files
 * @param trial as JSON
 * @param wanted whether the trained network is to be brought back
 */
record Assignment(String ground, String warm, String trial, boolean wanted)
    implements Serializable {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  static Assignment of(String ground, String warm, Trial trial, boolean wanted) {
    try {
      return new Assignment(ground, warm, MAPPER.writeValueAsString(trial), wanted);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e); // a record of texts and numbers
    }
  }

  Trial read() {
    try {
      return MAPPER.readValue(trial, Trial.class);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(
          "trial: expected one of this version of AutoLoss, got " + trial, e);
    }
  }
}
