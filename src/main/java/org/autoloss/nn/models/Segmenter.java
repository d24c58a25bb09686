package org.autoloss.nn.models;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.autoloss.nn.Architecture;
import org.autoloss.nn.Functional;
import org.autoloss.nn.Pass;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.MemoryFormat;

/** A backbone and the heads that read it; logits are enlarged to the images' size. */
final class Segmenter implements Architecture {
  private final Backbone backbone;
  private final Map<String, Head> outputs;
  private final List<String> heads;
  private final List<String> frozen;
  private final int stride;

  /**
   * Joins them.
   *
   * @param backbone what they read
   * @param outputs heads by the names of what they say; {@link Architecture#MAIN} is one of them
   * @param heads paths of the heads' modules
   * @param frozen paths of modules that are not trained
   * @param stride of the coarsest level
   */
  Segmenter(
      Backbone backbone,
      Map<String, Head> outputs,
      List<String> heads,
      List<String> frozen,
      int stride) {
    this.backbone = backbone;
    this.outputs = outputs;
    this.heads = heads;
    this.frozen = frozen;
    this.stride = stride;
  }

  @Override
  public Tensor forward(Tensor images, Pass pass) {
    return enlarged(outputs.get(MAIN).forward(levels(images, pass), pass), images);
  }

  @Override
  public Map<String, Tensor> outputs(Tensor images, Pass pass) {
    Map<String, Tensor> logits = coarse(images, pass);
    logits.replaceAll((name, each) -> enlarged(each, images));
    return logits;
  }

  /** What the heads say, at their own resolution. */
  Map<String, Tensor> coarse(Tensor images, Pass pass) {
    List<Tensor> levels = levels(images, pass);
    Map<String, Tensor> logits = new LinkedHashMap<>();
    outputs.forEach((name, head) -> logits.put(name, head.forward(levels, pass)));
    return logits;
  }

  List<Tensor> levels(Tensor images, Pass pass) {
    // Channels last is what oneDNN computes in; every later tensor follows its input.
    return backbone.levels(images.contiguous(MemoryFormat.ChannelsLast), pass);
  }

  private static Tensor enlarged(Tensor logits, Tensor images) {
    return Functional.resize(logits, images).contiguous();
  }

  @Override
  public List<String> heads() {
    return heads;
  }

  @Override
  public List<String> frozen() {
    return frozen;
  }

  @Override
  public int stride() {
    return stride;
  }
}
