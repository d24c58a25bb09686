// What a loss graph says about a sample before any step of the rejection protocol.
#ifndef AUTOLOSS_COMMON_GRAPH_START_H_
#define AUTOLOSS_COMMON_GRAPH_START_H_

namespace autoloss {

struct GraphStart {
  double value;
  double norm;       // of the gradient by the logits
  double scale;      // norm of p * (gradient by p): what cancels in the gradient by the logits
  double alignment;  // sum over pixels of gradient * (onehot - p): negative where descent helps
};

}  // namespace autoloss

#endif  // AUTOLOSS_COMMON_GRAPH_START_H_
