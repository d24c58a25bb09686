// Times all registered benchmarks with the GPU's own clock and writes what comes out.
#ifndef AUTOLOSS_TEST_CHECKS_BENCHMARKS_H_
#define AUTOLOSS_TEST_CHECKS_BENCHMARKS_H_

#include <string>

namespace checks {

/// What came of the benchmarks: the path of their files without its ending, and how many failed.
struct Outcome {
  std::string path;
  int failed;
};

/// Runs the benchmarks and writes FOLDER/gpu-DEVICE.json and .md, DEVICE being the GPU's name in
/// lower case, anew after each of them. One that fails is said and left out. `beside`: a file of
/// lines "name TAB milliseconds" that others measured on the same machine, to stand in the same
/// table; empty if there is none.
Outcome run_benchmarks(const std::string& folder, const std::string& beside);

}  // namespace checks

#endif  // AUTOLOSS_TEST_CHECKS_BENCHMARKS_H_
