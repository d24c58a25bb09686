package org.autoloss.nn.models.rcnn;

import java.util.List;
import java.util.Map;
import org.autoloss.nn.Architecture;
import org.autoloss.nn.Pass;
import org.autoloss.nn.Scope;
import org.bytedeco.pytorch.Tensor;

/**
 * The blocks of Mask R-CNN: Faster R-CNN, and a third head that draws the masks of regions. {@link
 * MaskDetector} runs them.
 *
 * <p>Names are those of torchvision's {@code maskrcnn_resnet50_fpn}.
 */
public final class MaskRcnn implements Architecture {
  private final FasterRcnn boxes;
  private final MaskHead masks;

  /**
   * Declares the third head.
   *
   * @param scope the network's
   * @param boxes all that lies before, declared in the same scope
   * @param width channels of the head's layers
   */
  public MaskRcnn(Scope scope, FasterRcnn boxes, int width) {
    this.boxes = boxes;
    masks = new MaskHead(scope.child("roi_heads"), boxes.channels(), width, boxes.classes());
  }

  /**
   * All but the third head.
   *
   * @return what finds boxes
   */
  public FasterRcnn boxes() {
    return boxes;
  }

  /**
   * Draws the masks of regions.
   *
   * @param pooled {@code [R,C,14,14]}
   * @param pass to learn or to predict
   * @return logits of each class, {@code [R,classes,28,28]}
   */
  public Tensor masks(Tensor pooled, Pass pass) {
    return masks.forward(pooled, pass);
  }

  /** What Faster R-CNN gives for images alone. */
  @Override
  public Tensor forward(Tensor images, Pass pass) {
    return boxes.forward(images, pass);
  }

  @Override
  public Map<String, Tensor> outputs(Tensor images, Pass pass) {
    return boxes.outputs(images, pass);
  }

  @Override
  public List<String> heads() {
    return boxes.heads();
  }

  @Override
  public List<String> frozen() {
    return boxes.frozen();
  }
}
