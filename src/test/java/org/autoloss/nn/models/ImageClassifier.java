package org.autoloss.nn.models;

import java.util.List;
import org.autoloss.nn.Architecture;
import org.autoloss.nn.Block;
import org.autoloss.nn.Dropout;
import org.autoloss.nn.Functional;
import org.autoloss.nn.Initial;
import org.autoloss.nn.Linear;
import org.autoloss.nn.Norm;
import org.autoloss.nn.Pass;
import org.autoloss.nn.Scope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.MemoryFormat;

/**
 * A backbone with the classifier that it was published with: the mean over the image, then one
 * linear layer. All names are torchvision's.
 */
public final class ImageClassifier implements Architecture {
  private static final double DROPOUT = 0.2;
  private static final double DEVIATION = 0.01;

  private final Backbone backbone;
  private final Block classifier;
  private final String head;

  private ImageClassifier(Backbone backbone, Block classifier, String head) {
    this.backbone = backbone;
    this.classifier = classifier;
    this.head = head;
  }

  /**
   * torchvision's ResNets.
   *
   * @param scope its place
   * @param plan which
   * @param classes of images
   * @return the network
   */
  public static ImageClassifier resNet(Scope scope, ResNet.Plan plan, int classes) {
    Backbone backbone = new ResNet(scope, plan);
    Block linear = new Linear(scope.child("fc"), backbone.channels().get(3), classes);
    return new ImageClassifier(backbone, linear, "fc");
  }

  /**
   * torchvision's MobileNetV2.
   *
   * @param scope its place
   * @param classes of images
   * @return the network
   */
  public static ImageClassifier mobileNetV2(Scope scope, int classes) {
    Backbone backbone = new MobileNetV2(scope.child("features"), Norm.BATCH, 32, MobileNetV2.WHOLE);
    Scope place = scope.child("classifier");
    Block linear =
        new Linear(
            place.child(1),
            backbone.channels().get(3),
            classes,
            Initial.normal(DEVIATION),
            Initial.ZERO);
    Block dropout = Dropout.ofValues(place.child(0), DROPOUT);
    return new ImageClassifier(backbone, dropout.then(linear), "classifier");
  }

  Backbone backbone() {
    return backbone;
  }

  @Override
  public Tensor forward(Tensor images, Pass pass) {
    var levels = backbone.levels(images.contiguous(MemoryFormat.ChannelsLast), pass);
    Tensor mean =
        Functional.averagePool(1, 1).forward(levels.get(levels.size() - 1), pass).flatten(1, -1);
    return classifier.forward(mean, pass);
  }

  @Override
  public List<String> heads() {
    return List.of(head);
  }
}
