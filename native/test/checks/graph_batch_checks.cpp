// The rejection protocol on a GPU against the one on the CPU.
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "autoloss/ops.h"
#include "check.h"
#include "inputs.h"
#include "random_graphs.h"

namespace checks {
namespace {

struct Protocol {
  int64_t samples = 3, classes = 4, height = 12, width = 12, steps = 5;
  double rate = 1, momentum = 0, threshold = 0.6, eps = 1e-12;
  int metric = autoloss::METRIC_MIOU;
  int64_t tolerance = 1;
  int equivalence = 0;
  std::vector<int64_t> known;
  std::vector<float> logits;
  std::vector<int32_t> labels;

  /// Blocks of classes; some pixels are ignored, and the last class is only in the last sample.
  Protocol& drawn(uint64_t seed, double noise = 1e-4) {
    std::mt19937_64 random(seed);
    std::normal_distribution<float> normal;
    const int64_t plane = height * width;
    logits.resize(samples * classes * plane);
    labels.resize(samples * plane);
    for (float& z : logits) z = static_cast<float>(noise) * normal(random);
    for (int64_t i = 0; i < samples * plane; ++i) {
      const int64_t sample = i / plane, y = i / width % height, x = i % width;
      const int64_t kinds = sample == samples - 1 ? classes : std::max<int64_t>(1, classes - 1);
      labels[i] = static_cast<int32_t>((y / (3 + sample) + 2 * (x / 5)) % kinds);
      if (i % 17 == 3 && plane > 17) labels[i] = 255 + 1024 * static_cast<int32_t>(i % 2);
    }
    return *this;
  }
};

struct Verdicts {
  std::vector<double> norms;
  std::vector<int> status;
  std::vector<double> scores;
  std::vector<int64_t> fingerprints;

  bool operator==(const Verdicts& other) const {
    return norms == other.norms && status == other.status && scores == other.scores &&
           fingerprints == other.fingerprints;
  }
};

Verdicts evaluate(const Graphs& graphs, const Protocol& p, bool on_gpu) {
  const auto k = static_cast<size_t>(graphs.count());
  Verdicts v{std::vector<double>(k * p.samples), std::vector<int>(k), std::vector<double>(k),
             std::vector<int64_t>(k)};
  const autoloss::GraphProtocol protocol{p.eps,    p.steps,     p.rate,      p.momentum,
                                         p.metric, p.tolerance, p.threshold, p.equivalence};
  autoloss::Batch samples = host_batch({p.samples, p.classes, p.height, p.width}, p.logits.data(),
                                       p.labels.data(), autoloss::LABEL_INT32);
  samples.device = on_gpu ? 0 : -1;
  autoloss::graph_evaluate(graphs.code.data(), graphs.starts.data(), graphs.count(), protocol,
                           samples, p.known.data(), static_cast<int64_t>(p.known.size()),
                           v.norms.data(), v.status.data(), v.scores.data(), v.fingerprints.data());
  return v;
}

/// Both, compared: at least this share of the statuses, and of the scores of graphs that both
/// accept, must be the same, and all norms close.
void compare(const Graphs& graphs, const Protocol& p, double share) {
  const Verdicts gpu = evaluate(graphs, p, true), cpu = evaluate(graphs, p, false);
  int64_t accepted = 0, same = 0, decisions = 0, scores = 0, norms = 0;
  std::string differing;
  for (int64_t k = 0; k < graphs.count(); ++k) {
    const bool yes = cpu.status[k] == autoloss::GRAPH_ACCEPTED;
    accepted += yes;
    same += gpu.status[k] == cpu.status[k];
    decisions += yes == (gpu.status[k] == autoloss::GRAPH_ACCEPTED);
    scores += std::abs(gpu.scores[k] - cpu.scores[k]) < 1e-3;
    bool close = true;
    for (int64_t b = 0; b < p.samples; ++b) {
      const double one = gpu.norms[k * p.samples + b], other = cpu.norms[k * p.samples + b];
      // what cancels to a millionth has few digits left: float32 rounds the terms, some 0.1, to
      // 6e-9
      close &= std::abs(one - other) <= 1e-3 * std::max(one, other) + 6e-9;
    }
    norms += close;
    if (gpu.status[k] != cpu.status[k]) {
      differing += "\n  " + graphs.text(k) + ": GPU " + std::to_string(gpu.status[k]) + " " +
                   std::to_string(gpu.scores[k]) + ", CPU " + std::to_string(cpu.status[k]) + " " +
                   std::to_string(cpu.scores[k]);
    }
  }
  const auto count = static_cast<double>(graphs.count());
  const auto enough = [&](int64_t what, const char* name) {
    expect(what >= share * count, std::to_string(what) + " of " + std::to_string(graphs.count()) +
                                      " " + name + " agree" + differing);
  };
  enough(decisions, "decisions");
  enough(same, "statuses");
  enough(norms, "norms");
  // one pixel that rounding turns over changes a score
  expect(scores >= (share - 0.05) * count, std::to_string(scores) + " scores agree");
}

Graphs graphs_of(const std::vector<std::string>& texts) {
  Graphs graphs;
  for (const std::string& text : texts) graphs.add(parse_graph(text));
  return graphs;
}

/// Every operator forward and back, over pixels, over the classes of a pixel, and as a number.
Graphs each_operator() {
  Graphs graphs;
  for (const char* name : {"neg", "abs", "inv", "log", "exp", "tanh", "square", "sqrt", "mean_nhw",
                           "mean_c", "maxpool3", "minpool3"}) {
    const std::string op = name;
    for (const std::string& text :
         {op + "(yhat)", op + "(add(y,neg(yhat)))", "neg(mul(y," + op + "(yhat)))",
          op + "(mean_c(mul(y,yhat)))", op + "(mean_nhw(mul(y,yhat)))", "mul(yhat," + op + "(y))",
          "add(" + op + "(mean_c(mean_nhw(square(yhat)))),mul(y,yhat))",
          op + "(" + op + "(mul(yhat,yhat)))"}) {
      graphs.add(parse_graph(text));
    }
  }
  for (const char* text : {"add(yhat,1)", "mul(yhat,mean_nhw(yhat))", "mul(yhat,mean_c(yhat))",
                           "add(mean_c(yhat),mul(y,yhat))", "yhat", "mul(yhat,yhat)",
                           "add(mean_nhw(yhat),mean_c(mean_nhw(mul(y,yhat))))",
                           "mul(mean_c(square(yhat)),mean_nhw(mul(y,yhat)))"}) {
    graphs.add(parse_graph(text));
  }
  return graphs;
}

const Case kOperators("graph_batch/each operator",
                      [] { compare(each_operator(), Protocol().drawn(1, 0.3), 0.97); });

const Case kCandidates("graph_batch/candidates are decided as on the CPU",
                       [] { compare(candidates(2000, 1), Protocol().drawn(2), 0.995); });

const Case kSizes("graph_batch/awkward sizes", [] {
  const Graphs graphs = candidates(24, 3);
  const std::vector<std::vector<int64_t>> shapes = {
      {1, 1, 1, 1}, {2, 2, 1, 7}, {1, 3, 33, 1}, {1, 70, 5, 3}, {2, 5, 37, 41}};
  for (const auto& shape : shapes) {
    Protocol p;
    p.samples = shape[0], p.classes = shape[1], p.height = shape[2], p.width = shape[3];
    compare(graphs, p.drawn(4, 0.1), 0.9);
  }
});

const Case kMetrics("graph_batch/metrics", [] {
  const Graphs graphs = candidates(40, 5);
  for (int metric = autoloss::METRIC_MIOU; metric <= autoloss::METRIC_BF1; ++metric) {
    Protocol p;
    p.metric = metric, p.threshold = 0, p.samples = 2, p.tolerance = metric;
    compare(graphs, p.drawn(6), 0.95);
  }
  Protocol words;  // more classes than a word of edges has bits
  words.metric = autoloss::METRIC_BF1, words.threshold = 0, words.classes = 67, words.samples = 1;
  compare(graphs_of({"neg(mul(y,log(yhat)))"}), words.drawn(7), 1);
});

const Case kMomentum("graph_batch/momentum", [] {
  Protocol p;
  p.steps = 25, p.rate = 0.02, p.momentum = 0.9, p.samples = 2;
  compare(candidates(40, 8), p.drawn(9), 0.97);
});

const Case kFates("graph_batch/hopeless graphs", [] {
  const Graphs graphs =
      graphs_of({"square(y)", "add(yhat,y)", "exp(exp(exp(exp(add(1,yhat)))))", "mul(y,log(yhat))",
                 "neg(mul(y,log(yhat)))", "1", "y", "inv(add(1,neg(1)))"});
  const Verdicts v = evaluate(graphs, Protocol().drawn(10), true);
  const std::vector<int> expected = {autoloss::GRAPH_NO_GRADIENT, autoloss::GRAPH_NO_GRADIENT,
                                     autoloss::GRAPH_NOT_FINITE,  autoloss::GRAPH_BELOW_THRESHOLD,
                                     autoloss::GRAPH_ACCEPTED,    autoloss::GRAPH_NO_GRADIENT,
                                     autoloss::GRAPH_NO_GRADIENT, autoloss::GRAPH_NO_GRADIENT};
  for (size_t k = 0; k < expected.size(); ++k) {
    expect_close(v.status[k], expected[k], 0, graphs.text(static_cast<int64_t>(k)));
  }
  expect(v.scores[4] > 0.999, "cross entropy finds the labels");
});

const Case kNotFinite("graph_batch/logits that are not finite", [] {
  const Graphs graphs =
      graphs_of({"neg(mul(y,log(yhat)))", "maxpool3(mul(y,yhat))", "mul(y,mean_nhw(yhat))"});
  for (float bad : {std::numeric_limits<float>::infinity(), std::nanf(""), -1e30f}) {
    Protocol p;
    p.drawn(11);
    p.logits[5] = bad;
    compare(graphs, p, 1);
    p.drawn(11).logits[p.classes * p.height * p.width + 40] = bad;
    compare(graphs, p, 1);
  }
});

const Case kDuplicates("graph_batch/duplicates", [] {
  const Graphs graphs = graphs_of({"neg(mul(y,log(yhat)))", "mul(neg(y),log(yhat))",
                                   "mul(y,log(yhat))", "square(add(y,neg(yhat)))"});
  Protocol p;
  p.drawn(12).equivalence = 1;
  const Verdicts first = evaluate(graphs, p, true);
  expect(first.status[1] == autoloss::GRAPH_DUPLICATE, "an equivalent graph is found");
  expect(first.status[2] == autoloss::GRAPH_BELOW_THRESHOLD, "the opposite loss is not one");
  p.known = {first.fingerprints[3]};
  expect(evaluate(graphs, p, true).status[3] == autoloss::GRAPH_DUPLICATE, "a known one is found");
  compare(graphs, p, 1);
});

/// More than one group of graphs, so that some are equal to graphs of an earlier group.
const Case kEqual("graph_batch/equal graphs", [] {
  const Graphs some = candidates(60, 20);
  Graphs twice;
  for (int64_t k = 0; k < 2 * some.count(); ++k) {
    const int64_t from = k % some.count();
    twice.add(
        {some.code.begin() + 3 * some.starts[from], some.code.begin() + 3 * some.starts[from + 1]});
  }
  Protocol p;
  const Verdicts once = evaluate(some, p.drawn(21), true), both = evaluate(twice, p, true);
  p.equivalence = 1;
  const Verdicts parted = evaluate(twice, p, true), own = evaluate(some, p, true);
  for (int64_t k = 0; k < twice.count(); ++k) {
    const int64_t from = k % some.count();
    expect(both.status[k] == once.status[from] && both.scores[k] == once.scores[from] &&
               both.fingerprints[k] == once.fingerprints[from] &&
               both.norms[k * p.samples] == once.norms[from * p.samples],
           "the results of the first: " + some.text(from));
    const bool begun = own.status[from] == autoloss::GRAPH_ACCEPTED ||
                       own.status[from] == autoloss::GRAPH_BELOW_THRESHOLD;
    const bool again = k != from && begun;
    expect(parted.status[k] == (again ? autoloss::GRAPH_DUPLICATE : own.status[from]),
           "a duplicate of the first: " + some.text(from));
  }
  compare(twice, p, 0.97);
});

const Case kNothing("graph_batch/no graphs", [] {
  expect(evaluate(Graphs(), Protocol().drawn(13), true) == Verdicts(), "nothing happens");
});

const Case kErrors("graph_batch/errors", [] {
  const Graphs graphs = candidates(2, 14);
  Protocol p;
  p.drawn(15).labels.assign(p.labels.size(), 255);
  expect_contains(message_of([&] { evaluate(graphs, p, true); }), "none in sample 0");
  p.drawn(15).eps = 0;
  expect_contains(message_of([&] { evaluate(graphs, p, true); }), "eps: expected");
});

const Case kOrder("graph_batch/any order of threads", [] {
  const Graphs graphs = candidates(60, 16);
  Protocol p;
  p.samples = 2, p.metric = autoloss::METRIC_BF1;
  p.drawn(17, 0.1);
  const Verdicts first = evaluate(graphs, p, true);
  for (uint64_t seed : {1, 2}) {
    shuffle(seed);
    const Verdicts again = evaluate(graphs, p, true);
    shuffle(0);
    expect(again == first, "the same bits");
  }
});

/// The rejection protocol on many candidates, with what the host does for it: the time of a call
/// over kBenchmarked is what an explored loss costs. No bytes: it works in shared memory.
#ifdef AUTOLOSS_EMULATED
constexpr int64_t kBenchmarked = 8;
#else
constexpr int64_t kBenchmarked = 20000;
#endif

const Benchmark kExplored("exploring " + std::to_string(kBenchmarked) + " loss graphs", [] {
  const Graphs graphs = candidates(kBenchmarked, 18);
  Protocol p;
  p.samples = 5, p.classes = 6, p.height = p.width = 32;
  p.drawn(19);
  return Measured{0, [=](cudaStream_t) { evaluate(graphs, p, true); }};
});

}  // namespace
}  // namespace checks
