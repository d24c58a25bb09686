// The program.
//   kernel_checks [PREFIX...]              runs the checks whose names begin with a prefix, or all;
//                                          ends with 1 if one fails
//   kernel_checks --list [PREFIX...]       names them
//   kernel_checks --groups                 names what their names begin with, before the slash
//   kernel_checks --benchmark FOLDER [FILE]  times the benchmarks and writes
//   FOLDER/gpu-*.{json,md};
//                                          FILE: see benchmarks.h
#include <cuda_runtime.h>

#include <cstdio>
#include <exception>
#include <set>
#include <string>
#include <vector>

#include "autoloss/ops.h"
#include "benchmarks.h"
#include "check.h"

namespace {

bool chosen(const std::string& name, const std::vector<std::string>& prefixes) {
  if (prefixes.empty()) return true;
  for (const std::string& prefix : prefixes) {
    if (name.compare(0, prefix.size(), prefix) == 0) return true;
  }
  return false;
}

bool passes(const checks::Case& check) {
  try {
    check.run();
    std::printf("passed  %s\n", check.name().c_str());
    return true;
  } catch (const std::exception& e) {
    std::printf("FAILED  %s: %s\n", check.name().c_str(), e.what());
    return false;
  }
}

int list_checks(const std::vector<std::string>& prefixes) {
  for (const checks::Case* check : checks::Case::all()) {
    if (chosen(check->name(), prefixes)) std::printf("%s\n", check->name().c_str());
  }
  return 0;
}

int list_groups() {
  std::set<std::string> groups;
  for (const checks::Case* check : checks::Case::all()) {
    groups.insert(check->name().substr(0, check->name().find('/')));
  }
  for (const std::string& group : groups) std::printf("%s\n", group.c_str());
  return 0;
}

int run_checks(const std::vector<std::string>& prefixes) {
  int run = 0, failed = 0;
  for (const checks::Case* check : checks::Case::all()) {
    if (!chosen(check->name(), prefixes)) continue;
    ++run;
    failed += !passes(*check);
    std::fflush(stdout);
  }
  std::printf("%d checks, %d failed\n", run, failed);
  return run == 0 || failed > 0 ? 1 : 0;
}

int run_benchmarks(const std::vector<std::string>& arguments) {
  if (arguments.empty() || arguments.size() > 2) {
    std::fprintf(stderr, "kernel_checks --benchmark FOLDER [FILE]\n");
    return 2;
  }
  const checks::Outcome outcome =
      checks::run_benchmarks(arguments[0], arguments.size() > 1 ? arguments[1] : "");
  std::printf("written: %s.json and .md; %d failed\n", outcome.path.c_str(), outcome.failed);
  return outcome.failed > 0 ? 1 : 0;
}

}  // namespace

int main(int count, char** values) {
  std::vector<std::string> arguments(values + 1, values + count);
  std::string mode;
  if (!arguments.empty() && arguments[0].compare(0, 2, "--") == 0) {
    mode = arguments[0];
    arguments.erase(arguments.begin());
  }
  if (mode == "--list") return list_checks(arguments);
  if (mode == "--groups") return list_groups();
  if (autoloss::cuda_device_count() == 0) {
    std::fprintf(stderr, "kernel_checks: no GPU to check: %s\n", autoloss::cuda_status());
    return 1;
  }
  try {
    return mode == "--benchmark" ? run_benchmarks(arguments) : run_checks(arguments);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "kernel_checks: %s\n", e.what());
    return 1;
  }
}
