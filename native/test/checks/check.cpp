#include "check.h"

#include <cmath>
#include <exception>
#include <stdexcept>
#include <utility>

namespace checks {
namespace {

// Functions, so that they exist before the first registration, whatever file that is in.
std::vector<const Case*>& cases() {
  static std::vector<const Case*> all;
  return all;
}

std::vector<const Benchmark*>& benchmarks() {
  static std::vector<const Benchmark*> all;
  return all;
}

}  // namespace

Case::Case(std::string name, std::function<void()> body)
    : name_(std::move(name)), body_(std::move(body)) {
  cases().push_back(this);
}

const std::vector<const Case*>& Case::all() { return cases(); }

Benchmark::Benchmark(std::string name, std::function<Measured()> prepare)
    : name_(std::move(name)), prepare_(std::move(prepare)) {
  benchmarks().push_back(this);
}

const std::vector<const Benchmark*>& Benchmark::all() { return benchmarks(); }

void shuffle(uint64_t seed) {
#ifdef AUTOLOSS_TEST_EMULATION_CUDA_ON_CPU_H_
  cuda_on_cpu::Machine::get().shuffle(seed);
#else
  static_cast<void>(seed);
#endif
}

void expect(bool condition, const std::string& what) {
  if (!condition) throw std::runtime_error("expected: " + what);
}

void expect_close(double got, double expected, double tolerance, const std::string& what) {
  if (std::isnan(got) && std::isnan(expected)) return;
  if (got == expected) return;  // infinities among them
  if (!(std::abs(got - expected) <= tolerance)) {
    throw std::runtime_error(what + ": expected " + std::to_string(expected) + " to within " +
                             std::to_string(tolerance) + ", got " + std::to_string(got));
  }
}

void expect_contains(const std::string& text, const std::string& part) {
  if (text.find(part) == std::string::npos) {
    throw std::runtime_error("expected '" + part + "' in '" + text + "'");
  }
}

std::string message_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const std::exception& e) {
    return e.what();
  }
  throw std::runtime_error("expected an exception, got none");
}

}  // namespace checks
