package org.autoloss.loss;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.Arrays;
import org.autoloss.internal.Excerpt;
import org.autoloss.internal.Json;
import org.bytedeco.pytorch.Tensor;

/** A user's loss, held to what {@link Loss} says. */
final class ForeignLoss implements Loss {
  private final Loss loss;

  private ForeignLoss(Loss loss) {
    this.loss = loss;
  }

  /** The loss itself if it is ours. */
  static Loss of(Loss loss) {
    return Foreign.is(loss.getClass()) ? new ForeignLoss(loss) : loss;
  }

  @Override
  public LossInput input() {
    LossInput input = Foreign.call(loss, "input", loss::input);
    if (input == null) {
      throw Foreign.wrong(loss, "input", "what it compares", "null");
    }
    return input;
  }

  @Override
  public Tensor apply(Tensor logits, Tensor labels) {
    Tensor value = Foreign.call(loss, "apply", () -> loss.apply(logits, labels));
    if (value == null || value.isNull() || !value.defined()) {
      throw Foreign.wrong(loss, "apply", "a scalar tensor", "none");
    }
    if (value.numel() != 1) {
      throw Foreign.wrong(
          loss,
          "apply",
          "a scalar tensor",
          "one of shape " + Arrays.toString(value.shape()) + "; sum or average it");
    }
    return value;
  }

  @Override
  public String toJson() {
    String text = Foreign.call(loss, "toJson", loss::toJson);
    try {
      if (text != null && Json.MAPPER.readTree(text).isObject()) {
        return text;
      }
    } catch (JsonProcessingException e) {
      throw Foreign.wrong(loss, "toJson", "a JSON object", Json.reason(e));
    }
    throw Foreign.wrong(
        loss, "toJson", "a JSON object", text == null ? "null" : "'" + Excerpt.of(text) + "'");
  }

  @Override
  public void close() {
    Foreign.call(
        loss,
        "close",
        () -> {
          loss.close();
          return null;
        });
  }
}
