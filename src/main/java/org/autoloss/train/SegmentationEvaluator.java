package org.autoloss.train;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.autoloss.data.Batch;
import org.autoloss.data.EvaluationBatches;
import org.autoloss.metric.Metric;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

public final class SegmentationEvaluator {
  private final EvaluationBatches batches;
  private final int classes;

  public SegmentationEvaluator(EvaluationBatches batches, int classes) {
    this.batches = batches;
    this.classes = classes;
  }

  public List<Metric> metrics() {
    return List.of(Metric.MIOU, Metric.FWIOU, Metric.MACC, Metric.GACC);
  }

  public Map<Metric, Double> evaluate(Network network) {
    return TorchThreads.single(
        () -> {
          long[][] confusion = new long[classes][classes];
          for (Batch batch : batches) {
            try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
              Tensor logits = network.forward(Tensors.images(batch), false);
              java.nio.LongBuffer p = logits.argmax(new LongOptional(1), false).createBuffer();
              for (byte label : batch.labels()) {
                long q = p.get();
                if ((label & 0xFF) < classes) {
                  confusion[label][(int) q]++;
                }
              }
            }
          }
          double miou = 0, fw = 0, macc = 0, right = 0, all = 0;
          int present = 0;
          for (int c = 0; c < classes; c++) {
            long g = 0, q = 0;
            for (int d = 0; d < classes; d++) {
              g += confusion[c][d];
              q += confusion[d][c];
            }
            double iou = confusion[c][c] / Math.max(1.0, g + q - confusion[c][c]);
            if (g > 0) {
              present++;
              miou += iou;
              macc += confusion[c][c] / (double) g;
              fw += g * iou;
              all += g;
              right += confusion[c][c];
            }
          }
          Map<Metric, Double> m = new EnumMap<>(Metric.class);
          m.put(Metric.MIOU, miou / present);
          m.put(Metric.FWIOU, fw / all);
          m.put(Metric.MACC, macc / present);
          m.put(Metric.GACC, right / all);
          return m;
        });
  }
}
