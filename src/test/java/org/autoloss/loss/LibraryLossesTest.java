package org.autoloss.loss;

import java.util.List;
import java.util.stream.Stream;

/** All losses of the library keep the contract. */
class LibraryLossesTest extends LossContract {
  @Override
  protected Stream<String> specifications() {
    return Stream.of(
            List.of("ce", "wce", "dpce", "ssim", "basnet", "dice", "lovasz", "focal", "tversky"),
            List.of("jaccard", "boundary", "l1", "smooth_l1", "mse", "0.5*ce+dice"),
            List.of("asl:mIoU", "asl:FWIoU", "asl:mAcc", "asl:gAcc", "asl:BIoU,ignored_edges=skip"),
            // Auto Seg-Loss's own policy has ignored pixels take part in boundaries.
            List.of("asl:BF1,ignored_edges=skip", "expr:neg(mul(y,log(yhat)))"))
        .flatMap(List::stream);
  }
}
