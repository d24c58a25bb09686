// Entry points of the losses that are a mean over pixels: checks, and what each pixel weighs.
#include "pixel_loss.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "autoloss/ops.h"
#include "common/border_math.h"
#include "common/labels.h"
#include "common/scratch.h"
#include "runtime.h"

namespace autoloss {
namespace {

void check_rule(const PixelRule& rule) {
  const auto check = [](const char* argument, double value) {
    if (!(value >= 0) || std::isinf(value)) fail(argument, "0 or more", std::to_string(value));
  };
  check_choice("term", rule.term, TERM_ENTROPY, TERM_BOUNDARY);
  check("gamma", rule.gamma);
  check("penalty", rule.penalty);
  check("beta", rule.beta);
  check("scale", rule.scale);
  if (rule.border != 0) check_border(rule.border, rule.sigma);
}

/// The pixels of each class.
struct Counts {
  Zeros<int64_t> of_classes;
  int64_t pixels = 0, present = 0;

  explicit Counts(const Batch& batch) : of_classes(batch.c) {
    with_labels(batch.label_type, batch.labels, [&](const auto* labels) {
      for (int64_t i = 0; i < pixels_of(batch); ++i) {
        const int64_t label = labels[i];
        if (label >= 0 && label < batch.c) ++of_classes[label];
      }
    });
    for (int64_t count : of_classes) {
      pixels += count;
      present += count > 0;
    }
  }
};

/// What pixels weigh in a sum of cross entropies.
struct Weights {
  Room<float> of_classes;
  Room<float> extra;  // [N,H,W], or nothing

  Weights(const PixelRule& rule, const Batch& batch, const Counts& counts) : of_classes(batch.c) {
    const double pixels = static_cast<double>(counts.pixels);
    for (int64_t c = 0; c < batch.c; ++c) {
      const double of_class = static_cast<double>(std::max<int64_t>(1, counts.of_classes[c]));
      of_classes[c] = static_cast<float>(
          rule.balanced ? 1 / (static_cast<double>(counts.present) * of_class) : 1 / pixels);
    }
    if (rule.border == 0 && rule.penalty == 0) return;
    extra.resize(pixels_of(batch));
    if (rule.border != 0) {
      border_weights(rule.border / pixels, rule.sigma, batch, extra.data());
    } else {
      penalise_edges(rule.penalty / pixels, batch);
    }
  }

 private:
  /// `most` at label edges, 0 where an image is farthest from one, or has none.
  void penalise_edges(double most, const Batch& batch) {
    edge_distance(batch, extra.data());
    const int64_t plane = batch.h * batch.w;
    for (int64_t first = 0; first < batch.n * plane; first += plane) {
      float* weight = extra.data() + first;
      float farthest = 1.0f;  // distances are 0 or at least 1
      for (int64_t i = 0; i < plane; ++i) farthest = std::max(farthest, weight[i]);
      for (int64_t i = 0; i < plane; ++i) {
        weight[i] =
            std::isinf(farthest) ? 0.0f : static_cast<float>(most * (1 - weight[i] / farthest));
      }
    }
  }
};

/// Runs entropy(arguments) or probability(arguments), whichever the rule asks for.
template <class Entropy, class Probability>
auto with_arguments(const PixelRule& rule, const Batch& batch, const Counts& counts,
                    Entropy entropy, Probability probability) {
  const BatchArguments in = checked_batch(batch);
  if (rule.term == TERM_ENTROPY) {
    const Weights weights(rule, batch, counts);
    return entropy(EntropyArguments{in, static_cast<float>(rule.gamma), weights.of_classes.data(),
                                    weights.extra.data()});
  }
  Room<float> map(rule.term == TERM_BOUNDARY ? in.elements() : 0);
  if (!map.empty()) signed_distance(batch, map.data());
  const double terms = static_cast<double>(counts.pixels) * static_cast<double>(batch.c);
  return probability(ProbabilityArguments{in, static_cast<float>(rule.scale / terms),
                                          static_cast<float>(rule.beta), map.data()});
}

}  // namespace

double pixel_loss(const PixelRule& rule, const Batch& batch, double own, double weight,
                  float* gradient) {
  check_on_cpu(batch);
  check_rule(rule);
  check_batch(batch);
  if (pixels_of(batch) == 0) return 0;
  const Counts counts(batch);
  const GradientSum sum{gradient, static_cast<float>(own), static_cast<float>(weight)};
  if (counts.pixels == 0) {
    if (gradient == nullptr) return 0;
    if (sum.own != 0.0f) {
      add_weighted(0, nullptr, own, gradient, elements_of(batch));
    } else {
      std::fill_n(gradient, elements_of(batch), 0.0f);
    }
    return 0;
  }
  const int threads = threads_for(elements_of(batch));
  return with_arguments(
      rule, batch, counts,
      [&](const EntropyArguments& in) { return AUTOLOSS_VARIANT(entropy_sum)(in, threads, sum); },
      [&](const ProbabilityArguments& in) {
        return AUTOLOSS_VARIANT(probability_sum)(in, threads, sum);
      });
}

void pixel_curvature(const PixelRule& rule, const Batch& batch, const float* direction,
                     float* product) {
  check_on_cpu(batch);
  check_rule(rule);
  check_batch(batch);
  if (pixels_of(batch) == 0) return;
  check_pointer("direction", direction);
  check_pointer("product", product);
  const Counts counts(batch);
  if (counts.pixels == 0) {
    std::fill_n(product, elements_of(batch), 0.0f);
    return;
  }
  const int threads = threads_for(elements_of(batch));
  with_arguments(
      rule, batch, counts,
      [&](const EntropyArguments& in) {
        AUTOLOSS_VARIANT(entropy_curvature)(in, threads, direction, product);
      },
      [&](const ProbabilityArguments& in) {
        AUTOLOSS_VARIANT(probability_curvature)(in, threads, direction, product);
      });
}

}  // namespace autoloss
