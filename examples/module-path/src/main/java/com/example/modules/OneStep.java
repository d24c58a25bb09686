package com.example.modules;

import static org.bytedeco.pytorch.global.torch.randint;
import static org.bytedeco.pytorch.global.torch.randn;

import org.autoloss.loss.Loss;
import org.bytedeco.pytorch.Tensor;

/** One step of a training whose program and libraries are all modules. Fails if they are not. */
public final class OneStep {
  private OneStep() {}

  /**
   * Prints a loss and the size of its gradient.
   *
   * @param args ignored
   */
  public static void main(String[] args) {
    try (Loss loss = Loss.parse("0.5*ce+asl:mIoU")) {
      Tensor logits = randn(2, 5, 32, 32).set_requires_grad(true);
      Tensor value = loss.apply(logits, randint(5, new long[] {2, 32, 32}));
      value.backward();
      double gradient = logits.grad().abs().sum().item_double();
      String module = Loss.class.getModule().getName();
      System.out.printf(
          "module %s: loss %.3f, gradient %.3f%n", module, value.item_float(), gradient);
      if (!"org.autoloss".equals(module) || !(gradient > 0)) {
        throw new AssertionError("the loss came from the class path, or has no gradient");
      }
    }
  }
}
