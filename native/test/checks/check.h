// Checks and benchmarks of the CUDA kernels. Each file registers its own, at namespace scope:
//
//   const Case kSums("region/sums", [] { expect(1 + 1 == 2, "arithmetic"); });
//   const Benchmark kRegion("region mIoU", [] { return Measured{bytes, [=](cudaStream_t s)
//   {...}};});
//
// The program runs on a GPU, and on the CPU where it is built with native/test/emulation.
#ifndef AUTOLOSS_TEST_CHECKS_CHECK_H_
#define AUTOLOSS_TEST_CHECKS_CHECK_H_

#include <cuda_runtime.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace checks {

/// One check: a name "group/what" and what to do; it throws where something is wrong.
class Case {
 public:
  Case(std::string name, std::function<void()> body);

  const std::string& name() const { return name_; }
  void run() const { body_(); }

  static const std::vector<const Case*>& all();

 private:
  std::string name_;
  std::function<void()> body_;
};

/// What a benchmark times: work put on a stream, and how many bytes of the device's memory it
/// cannot help reading and writing.
struct Measured {
  int64_t bytes;
  std::function<void(cudaStream_t)> work;
};

/// One benchmark. `prepare` allocates and uploads; what it returns is timed, then dropped.
class Benchmark {
 public:
  Benchmark(std::string name, std::function<Measured()> prepare);

  const std::string& name() const { return name_; }
  Measured prepare() const { return prepare_(); }

  static const std::vector<const Benchmark*>& all();

 private:
  std::string name_;
  std::function<Measured()> prepare_;
};

/// Has threads and blocks run in an order drawn from the seed, 0 for the natural one, where kernels
/// run on the CPU. On a GPU they never run in the same order twice anyway.
void shuffle(uint64_t seed);

/// Throws unless the condition holds.
void expect(bool condition, const std::string& what);

/// Throws unless |got - expected| <= tolerance; two NaN are equal.
void expect_close(double got, double expected, double tolerance, const std::string& what);

/// Throws unless the text holds the part.
void expect_contains(const std::string& text, const std::string& part);

/// The message of what `body` throws; throws if it throws nothing.
std::string message_of(const std::function<void()>& body);

}  // namespace checks

#endif  // AUTOLOSS_TEST_CHECKS_CHECK_H_
