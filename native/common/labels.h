// Labels of a type that is known at run time, for callers on the host.
#ifndef AUTOLOSS_COMMON_LABELS_H_
#define AUTOLOSS_COMMON_LABELS_H_

#include <cstdint>

#include "autoloss/ops.h"

namespace autoloss {

/// What body(typed pointer to the labels) returns.
template <class Body>
auto with_labels(int label_type, const void* labels, Body body) {
  switch (label_type) {
    case LABEL_UINT8:
      return body(static_cast<const uint8_t*>(labels));
    case LABEL_INT32:
      return body(static_cast<const int32_t*>(labels));
    default:
      return body(static_cast<const int64_t*>(labels));
  }
}

template <class Label>
int64_t narrow_labels(const Label* from, int64_t count, int64_t classes, int32_t* to) {
  int64_t valid = 0;
  for (int64_t i = 0; i < count; ++i) {
    const int64_t label = from[i];
    const bool counts = label >= 0 && label < classes;
    to[i] = counts ? static_cast<int32_t>(label) : -1;
    valid += counts;
  }
  return valid;
}

/// Labels as int32, -1 where ignored; returns how many are not.
inline int64_t narrow_labels(const void* labels, int label_type, int64_t count, int64_t classes,
                             int32_t* to) {
  return with_labels(label_type, labels,
                     [&](const auto* typed) { return narrow_labels(typed, count, classes, to); });
}

}  // namespace autoloss

#endif  // AUTOLOSS_COMMON_LABELS_H_
