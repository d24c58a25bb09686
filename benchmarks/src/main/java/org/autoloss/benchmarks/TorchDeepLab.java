package org.autoloss.benchmarks;

import static org.bytedeco.pytorch.global.torch.adaptive_avg_pool2d;
import static org.bytedeco.pytorch.global.torch.cat;
import static org.bytedeco.pytorch.global.torch.max_pool2d;
import static org.bytedeco.pytorch.global.torch.relu_;
import static org.bytedeco.pytorch.global.torch.upsample_bilinear2d;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.pytorch.BatchNorm2dImpl;
import org.bytedeco.pytorch.BatchNormOptions;
import org.bytedeco.pytorch.Conv2dImpl;
import org.bytedeco.pytorch.Conv2dOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;

/**
 * DeepLabV3+ on ResNet-50 at output stride 8, written on libtorch's own modules ({@code torch::nn})
 * as a user of libtorch would: what {@code deeplabv3plus:resnet50} is measured against. Dropout is
 * left out, as it is there by {@code dropout=0}.
 */
final class TorchDeepLab {
  private static final int[] BLOCKS = {3, 4, 6, 3};
  private static final int[] RATES = {12, 24, 36};
  private static final int WIDE = 512;

  private final List<Tensor> parameters = new ArrayList<>();
  private final UnaryOperator<Tensor> stem;
  private final List<UnaryOperator<Tensor>> layers = new ArrayList<>();
  private final List<UnaryOperator<Tensor>> pyramid = new ArrayList<>();
  private final UnaryOperator<Tensor> pool;
  private final UnaryOperator<Tensor> bottleneck;
  private final UnaryOperator<Tensor> fine;
  private final UnaryOperator<Tensor> decoder;

  TorchDeepLab(int classes) {
    stem = layer(3, 64, 7, 2, 1, 1);
    int in = 64;
    for (int stage = 0; stage < 4; stage++) {
      int inner = 64 << stage;
      for (int block = 0; block < BLOCKS[stage]; block++) {
        int stride = stage == 1 && block == 0 ? 2 : 1;
        int dilation = block == 0 ? Math.max(1, 1 << (stage - 2)) : 1 << Math.max(0, stage - 1);
        layers.add(block(in, inner, stride, dilation));
        in = 4 * inner;
      }
    }
    pool = layer(in, WIDE, 1, 1, 1, 1);
    pyramid.add(layer(in, WIDE, 1, 1, 1, 1));
    for (int rate : RATES) {
      pyramid.add(separable(in, WIDE, rate));
    }
    bottleneck = layer(5 * WIDE, WIDE, 3, 1, 1, 1);
    fine = layer(256, 48, 1, 1, 1, 1);
    UnaryOperator<Tensor> first = separable(WIDE + 48, WIDE, 1);
    UnaryOperator<Tensor> second = separable(WIDE, WIDE, 1);
    UnaryOperator<Tensor> logits = convolution(WIDE, classes, 1, 1, 1, 1, true);
    decoder = x -> logits.apply(second.apply(first.apply(x)));
  }

  List<Tensor> parameters() {
    return parameters;
  }

  Tensor forward(Tensor images) {
    Tensor x = stem.apply(images);
    x = max_pool2d(x, pair(3), pair(2), pair(1), pair(1), false);
    Tensor finest = null;
    for (int i = 0; i < layers.size(); i++) {
      x = layers.get(i).apply(x);
      finest = i == BLOCKS[0] - 1 ? x : finest;
    }
    TensorVector seen = new TensorVector();
    seen.push_back(resize(pool.apply(adaptive_avg_pool2d(x, 1, 1)), x));
    for (UnaryOperator<Tensor> branch : pyramid) {
      seen.push_back(branch.apply(x));
    }
    Tensor context = bottleneck.apply(cat(seen, 1));
    Tensor detail = fine.apply(finest);
    Tensor both = cat(new TensorVector(resize(context, detail), detail), 1);
    return resize(decoder.apply(both), images);
  }

  private UnaryOperator<Tensor> block(int in, int inner, int stride, int dilation) {
    UnaryOperator<Tensor> first = layer(in, inner, 1, 1, 1, 1);
    UnaryOperator<Tensor> second = layer(inner, inner, 3, stride, dilation, 1);
    UnaryOperator<Tensor> third = pair(inner, 4 * inner, 1, 1, 1, 1);
    boolean same = in == 4 * inner;
    UnaryOperator<Tensor> shortcut = same ? x -> x : pair(in, 4 * inner, 1, stride, 1, 1);
    return x -> relu_(third.apply(second.apply(first.apply(x))).add_(shortcut.apply(x)));
  }

  private UnaryOperator<Tensor> separable(int in, int out, int dilation) {
    UnaryOperator<Tensor> depthwise = layer(in, in, 3, 1, dilation, in);
    UnaryOperator<Tensor> pointwise = layer(in, out, 1, 1, 1, 1);
    return x -> pointwise.apply(depthwise.apply(x));
  }

  private UnaryOperator<Tensor> layer(
      int in, int out, int kernel, int stride, int dilation, int groups) {
    UnaryOperator<Tensor> pair = pair(in, out, kernel, stride, dilation, groups);
    return x -> relu_(pair.apply(x));
  }

  private UnaryOperator<Tensor> pair(
      int in, int out, int kernel, int stride, int dilation, int groups) {
    UnaryOperator<Tensor> convolution =
        convolution(in, out, kernel, stride, dilation, groups, false);
    BatchNorm2dImpl norm = new BatchNorm2dImpl(new BatchNormOptions(out));
    parameters.add(norm.weight());
    parameters.add(norm.bias());
    return x -> norm.forward(convolution.apply(x));
  }

  private UnaryOperator<Tensor> convolution(
      int in, int out, int kernel, int stride, int dilation, int groups, boolean biased) {
    Conv2dOptions options = new Conv2dOptions(in, out, new LongPointer(pair(kernel)));
    options.stride().put(pair(stride));
    int around = dilation * (kernel / 2);
    options.padding().put(new LongPointer(pair(around)));
    options.dilation().put(pair(dilation));
    options.groups().put(groups);
    options.bias().put(biased);
    Conv2dImpl convolution = new Conv2dImpl(options);
    parameters.add(convolution.weight());
    if (biased) {
      parameters.add(convolution.bias());
    }
    return convolution::forward;
  }

  private static Tensor resize(Tensor x, Tensor like) {
    return upsample_bilinear2d(x, pair2(like), false);
  }

  private static long[] pair2(Tensor like) {
    return new long[] {like.size(2), like.size(3)};
  }

  private static long[] pair(long value) {
    return new long[] {value, value};
  }
}
