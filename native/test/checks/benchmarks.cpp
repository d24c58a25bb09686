#include "benchmarks.h"

#include <cuda_runtime.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "check.h"
#include "inputs.h"
#include "memory.h"

namespace checks {
namespace {

constexpr int kWarmUp = 5, kSamples = 25;

/// One line of the table; bytes 0 where only the time is known.
struct Row {
  std::string name;
  double milliseconds, fastest;
  int64_t bytes;

  double gigabytes_a_second() const { return static_cast<double>(bytes) / milliseconds / 1e6; }
};

/// Events and a stream, as long as they are needed.
class Clock {
 public:
  Clock() {
    succeed(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking));
    for (cudaEvent_t& event : events_) succeed(cudaEventCreate(&event));
  }
  ~Clock() {
    for (cudaEvent_t event : events_) cudaEventDestroy(event);
    cudaStreamDestroy(stream_);
  }

  /// The median of the samples, and the fastest. All are put on the stream before any is waited
  /// for, so that the time of starting a kernel hides behind the kernels before it.
  Row time(const std::string& name, const Measured& measured) {
    for (int i = 0; i < kWarmUp; ++i) measured.work(stream_);
    succeed(cudaStreamSynchronize(stream_));
    for (int i = 0; i < kSamples; ++i) {
      succeed(cudaEventRecord(events_[i], stream_));
      measured.work(stream_);
    }
    succeed(cudaEventRecord(events_[kSamples], stream_));
    succeed(cudaEventSynchronize(events_[kSamples]));
    std::vector<float> samples(kSamples);
    for (int i = 0; i < kSamples; ++i) {
      succeed(cudaEventElapsedTime(&samples[i], events_[i], events_[i + 1]));
    }
    std::sort(samples.begin(), samples.end());
    return {name, samples[kSamples / 2], samples[0], measured.bytes};
  }

 private:
  cudaStream_t stream_ = nullptr;
  cudaEvent_t events_[kSamples + 1] = {};
};

/// A copy within the device's memory: what its bandwidth is in practice.
Measured copy() {
  const size_t bytes = static_cast<size_t>(4 * benchmark_sizes().elements());
  const auto from = std::make_shared<DeviceArray<uint8_t>>(bytes);
  const auto to = std::make_shared<DeviceArray<uint8_t>>(bytes);
  return {static_cast<int64_t>(2 * bytes), [from, to](cudaStream_t stream) {
            succeed(cudaMemcpyAsync(to->get(), from->get(), from->bytes(), cudaMemcpyDeviceToDevice,
                                    stream));
          }};
}

std::vector<Row> read_rows(const std::string& path) {
  std::vector<Row> rows;
  if (path.empty()) return rows;
  std::ifstream in(path);
  if (!in) throw std::runtime_error(path + ": expected a file that can be read");
  for (std::string line; std::getline(in, line);) {
    const size_t tab = line.find('\t');
    if (tab == std::string::npos) {
      throw std::runtime_error(path + ": expected \"name TAB milliseconds\", got \"" + line + "\"");
    }
    const double milliseconds = std::stod(line.substr(tab + 1));
    rows.push_back({line.substr(0, tab), milliseconds, milliseconds, 0});
  }
  return rows;
}

std::string number(double value, const char* format) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

std::string file_name(const std::string& device) {
  std::string name = "gpu-";
  for (char c : device) {
    const auto byte = static_cast<unsigned char>(c);
    name += std::isalnum(byte) ? static_cast<char>(std::tolower(byte)) : '-';
  }
  return name;
}

std::string version(int number) {
  return std::to_string(number / 1000) + "." + std::to_string(number % 1000 / 10);
}

struct Machine {
  std::string name, driver, runtime;
  int multiprocessors;
};

Machine machine() {
  cudaDeviceProp properties = {};
  int driver = 0, runtime = 0;
  succeed(cudaGetDeviceProperties(&properties, 0));
  succeed(cudaDriverGetVersion(&driver));
  succeed(cudaRuntimeGetVersion(&runtime));
  return {properties.name, version(driver), version(runtime), properties.multiProcessorCount};
}

void write_json(const std::string& path, const Machine& machine, const std::vector<Row>& rows,
                double copy_speed) {
  std::ofstream out(path);
  out << "{\n  \"device\": \"" << machine.name
      << "\",\n  \"multiprocessors\": " << machine.multiprocessors << ",\n  \"driver\": \""
      << machine.driver << "\",\n  \"runtime\": \"" << machine.runtime
      << "\",\n  \"samples\": " << kSamples << ",\n  \"results\": [";
  for (size_t i = 0; i < rows.size(); ++i) {
    const Row& row = rows[i];
    out << (i == 0 ? "\n" : ",\n") << "    {\"name\": \"" << row.name
        << "\", \"milliseconds\": " << number(row.milliseconds, "%.5f")
        << ", \"fastest\": " << number(row.fastest, "%.5f");
    if (row.bytes > 0) {
      out << ", \"bytes\": " << row.bytes
          << ", \"gigabytesPerSecond\": " << number(row.gigabytes_a_second(), "%.1f")
          << ", \"shareOfCopy\": " << number(row.gigabytes_a_second() / copy_speed, "%.4f");
    }
    out << "}";
  }
  out << "\n  ]\n}\n";
  if (!out) throw std::runtime_error(path + ": expected a file that can be written");
}

void write_markdown(const std::string& path, const Machine& machine, const std::vector<Row>& rows,
                    double copy_speed) {
  std::ofstream out(path);
  out << "# " << machine.name << "\n\nDriver for CUDA " << machine.driver << ", runtime "
      << machine.runtime << ", " << machine.multiprocessors << " multiprocessors; median of "
      << kSamples << " samples by CUDA events. Made by `benchmarks/gpu/run.sh`.\n\n"
      << "| what | ms | MB moved | GB/s | of a copy |\n| --- | ---: | ---: | ---: | ---: |\n";
  for (const Row& row : rows) {
    out << "| " << row.name << " | " << number(row.milliseconds, "%.3f") << " | ";
    if (row.bytes > 0) {
      out << number(static_cast<double>(row.bytes) / 1e6, "%.0f") << " | "
          << number(row.gigabytes_a_second(), "%.0f") << " | "
          << number(100 * row.gigabytes_a_second() / copy_speed, "%.0f %%") << " |\n";
    } else {
      out << "| | |\n";
    }
  }
  out << "\nMB moved: what the operation cannot help reading and writing, not what a counter "
         "saw.\n";
  if (!out) throw std::runtime_error(path + ": expected a file that can be written");
}

}  // namespace

Outcome run_benchmarks(const std::string& folder, const std::string& beside) {
  const std::vector<Row> others = read_rows(beside);
  const Machine here = machine();
  Outcome outcome{folder + "/" + file_name(here.name), 0};
  Clock clock;
  std::vector<Row> rows = {clock.time("copy", copy())};
  rows.insert(rows.end(), others.begin(), others.end());
  const double copy_speed = rows[0].gigabytes_a_second();
  for (const Benchmark* benchmark : Benchmark::all()) {
    try {
      const Row row = clock.time(benchmark->name(), benchmark->prepare());
      rows.insert(rows.end() - static_cast<std::ptrdiff_t>(others.size()), row);
      std::printf("%-48s %9.3f ms\n", row.name.c_str(), row.milliseconds);
    } catch (const std::exception& e) {
      ++outcome.failed;
      std::printf("%-48s FAILED: %s\n", benchmark->name().c_str(), e.what());
    }
    std::fflush(stdout);
    // all rows so far, for whatever ends the program at the next
    write_json(outcome.path + ".json", here, rows, copy_speed);
    write_markdown(outcome.path + ".md", here, rows, copy_speed);
  }
  return outcome;
}

}  // namespace checks
