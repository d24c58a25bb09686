package org.autoloss.benchmarks;

import static org.bytedeco.cuda.global.cudnn.CUDNN_DATA_FLOAT;
import static org.bytedeco.cuda.global.cudnn.CUDNN_POOLING_MAX_DETERMINISTIC;
import static org.bytedeco.cuda.global.cudnn.CUDNN_PROPAGATE_NAN;
import static org.bytedeco.cuda.global.cudnn.CUDNN_SOFTMAX_ACCURATE;
import static org.bytedeco.cuda.global.cudnn.CUDNN_SOFTMAX_MODE_CHANNEL;
import static org.bytedeco.cuda.global.cudnn.CUDNN_STATUS_SUCCESS;
import static org.bytedeco.cuda.global.cudnn.CUDNN_TENSOR_NCHW;
import static org.bytedeco.cuda.global.cudnn.cudnnCreate;
import static org.bytedeco.cuda.global.cudnn.cudnnCreatePoolingDescriptor;
import static org.bytedeco.cuda.global.cudnn.cudnnCreateTensorDescriptor;
import static org.bytedeco.cuda.global.cudnn.cudnnDestroy;
import static org.bytedeco.cuda.global.cudnn.cudnnDestroyPoolingDescriptor;
import static org.bytedeco.cuda.global.cudnn.cudnnDestroyTensorDescriptor;
import static org.bytedeco.cuda.global.cudnn.cudnnGetErrorString;
import static org.bytedeco.cuda.global.cudnn.cudnnPoolingBackward;
import static org.bytedeco.cuda.global.cudnn.cudnnPoolingForward;
import static org.bytedeco.cuda.global.cudnn.cudnnSetPooling2dDescriptor;
import static org.bytedeco.cuda.global.cudnn.cudnnSetTensor4dDescriptor;
import static org.bytedeco.cuda.global.cudnn.cudnnSoftmaxBackward;
import static org.bytedeco.cuda.global.cudnn.cudnnSoftmaxForward;

import org.bytedeco.cuda.cudnn.cudnnContext;
import org.bytedeco.cuda.cudnn.cudnnPoolingStruct;
import org.bytedeco.cuda.cudnn.cudnnTensorStruct;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/** cuDNN's softmax and max-pool on float32 tensors [N,C,H,W] of one size, on the default stream. */
final class Cudnn implements AutoCloseable {
  private static final Pointer ONE = new FloatPointer(1f).retainReference();
  private static final Pointer ZERO = new FloatPointer(0f).retainReference();

  private final cudnnContext context;
  private final cudnnTensorStruct shape;
  private final cudnnPoolingStruct square;

  /**
   * Makes cuDNN ready.
   *
   * @param like has the tensors' sizes
   * @param window side of the pool's window, odd
   * @throws IllegalStateException if cuDNN or its binding's natives are not on this machine; JMH
   *     prints the sentence and goes on with the next benchmark
   */
  Cudnn(Tensor like, int window) {
    try (PointerScope scope = new PointerScope()) {
      context = new cudnnContext().retainReference();
      shape = new cudnnTensorStruct().retainReference();
      square = new cudnnPoolingStruct().retainReference();
      check(cudnnCreate(context));
      check(cudnnCreateTensorDescriptor(shape));
      check(cudnnCreatePoolingDescriptor(square));
      check(
          cudnnSetTensor4dDescriptor(
              shape,
              CUDNN_TENSOR_NCHW,
              CUDNN_DATA_FLOAT,
              s(like, 0),
              s(like, 1),
              s(like, 2),
              s(like, 3)));
      int reach = window / 2;
      check(
          cudnnSetPooling2dDescriptor(
              square,
              CUDNN_POOLING_MAX_DETERMINISTIC,
              CUDNN_PROPAGATE_NAN,
              window,
              window,
              reach,
              reach,
              1,
              1));
    } catch (LinkageError e) {
      throw new IllegalStateException(
          "skipped: cuDNN cannot be loaded ("
              + e.getMessage()
              + "); build with -Pgpu, install cuDNN 9",
          e);
    }
  }

  private static int s(Tensor tensor, int dimension) {
    return Math.toIntExact(tensor.size(dimension));
  }

  /** The softmax over classes. */
  void softmax(Tensor logits, Tensor probabilities) {
    check(
        cudnnSoftmaxForward(
            context,
            CUDNN_SOFTMAX_ACCURATE,
            CUDNN_SOFTMAX_MODE_CHANNEL,
            ONE,
            shape,
            logits.data_ptr(),
            ZERO,
            shape,
            probabilities.data_ptr()));
  }

  /** The gradient by the logits from that by the probabilities. */
  void softmaxGradient(Tensor probabilities, Tensor upstream, Tensor gradient) {
    check(
        cudnnSoftmaxBackward(
            context,
            CUDNN_SOFTMAX_ACCURATE,
            CUDNN_SOFTMAX_MODE_CHANNEL,
            ONE,
            shape,
            probabilities.data_ptr(),
            shape,
            upstream.data_ptr(),
            ZERO,
            shape,
            gradient.data_ptr()));
  }

  /** The largest value of each window. */
  void pool(Tensor values, Tensor pooled) {
    check(
        cudnnPoolingForward(
            context, square, ONE, shape, values.data_ptr(), ZERO, shape, pooled.data_ptr()));
  }

  /** The gradient by the values from that by the pooled ones. */
  void poolGradient(Tensor values, Tensor pooled, Tensor upstream, Tensor gradient) {
    check(
        cudnnPoolingBackward(
            context,
            square,
            ONE,
            shape,
            pooled.data_ptr(),
            shape,
            upstream.data_ptr(),
            shape,
            values.data_ptr(),
            ZERO,
            shape,
            gradient.data_ptr()));
  }

  private static void check(int status) {
    if (status != CUDNN_STATUS_SUCCESS) {
      throw new IllegalStateException("cuDNN: " + cudnnGetErrorString(status).getString());
    }
  }

  @Override
  public void close() {
    cudnnDestroyPoolingDescriptor(square);
    cudnnDestroyTensorDescriptor(shape);
    cudnnDestroy(context);
  }
}
