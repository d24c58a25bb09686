package org.autoloss.graph;

import java.util.List;
import org.autoloss.loss.LossInput;

/**
 * Many graphs as native code reads them.
 *
 * @param code of all graphs, one after the other; see {@link Bytecode}
 * @param starts the node at which each graph begins, and the number of all nodes
 * @param count how many graphs
 */
record GraphCodes(int[] code, long[] starts, int count) {
  /**
   * The code of graphs.
   *
   * @param graphs of at most 64 nodes each
   * @param input which inputs they may have
   * @throws IllegalArgumentException if a graph has another input or is too large
   */
  static GraphCodes of(List<LossGraph> graphs, LossInput input) {
    int count = graphs.size();
    int[][] codes = new int[count][];
    long[] starts = new long[count + 1];
    for (int k = 0; k < count; k++) {
      codes[k] = Bytecode.of(graphs.get(k), input);
      starts[k + 1] = starts[k] + codes[k].length / Bytecode.STRIDE;
    }
    int[] code = new int[Math.toIntExact(starts[count] * Bytecode.STRIDE)];
    for (int k = 0; k < count; k++) {
      System.arraycopy(codes[k], 0, code, (int) starts[k] * Bytecode.STRIDE, codes[k].length);
    }
    return new GraphCodes(code, starts, count);
  }
}
