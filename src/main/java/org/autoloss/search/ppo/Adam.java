package org.autoloss.search.ppo;

/** Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015, algorithm 1. */
final class Adam {
  private static final double BETA1 = 0.9;
  private static final double BETA2 = 0.999;
  private static final double EPSILON = 1e-8;

  private final double rate;
  private final double[] first;
  private final double[] second;
  private int steps;

  Adam(int size, double rate) {
    this.rate = rate;
    first = new double[size];
    second = new double[size];
  }

  void stepInPlace(double[] variables, double[] gradient) {
    steps++;
    double correction1 = 1 - Math.pow(BETA1, steps);
    double correction2 = 1 - Math.pow(BETA2, steps);
    for (int i = 0; i < variables.length; i++) {
      first[i] = BETA1 * first[i] + (1 - BETA1) * gradient[i];
      second[i] = BETA2 * second[i] + (1 - BETA2) * gradient[i] * gradient[i];
      double scale = Math.sqrt(second[i] / correction2) + EPSILON;
      variables[i] -= rate * first[i] / correction1 / scale;
    }
  }
}
