// The program: kernel_checks [--list] [PREFIX...] runs the checks whose names begin with one of the
// prefixes, all if there are none; it ends with 1 if one fails.
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>
#include <vector>

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

}  // namespace

int main(int count, char** arguments) {
  std::vector<std::string> prefixes;
  bool list = false;
  for (int i = 1; i < count; ++i) {
    if (std::strcmp(arguments[i], "--list") == 0) {
      list = true;
    } else {
      prefixes.push_back(arguments[i]);
    }
  }
  int run = 0, failed = 0;
  for (const checks::Case* check : checks::Case::all()) {
    if (!chosen(check->name(), prefixes)) continue;
    if (list) {
      std::printf("%s\n", check->name().c_str());
      continue;
    }
    ++run;
    failed += !passes(*check);
    std::fflush(stdout);
  }
  if (list) return 0;
  std::printf("%d checks, %d failed\n", run, failed);
  return run == 0 || failed > 0 ? 1 : 0;
}
