// Keeps oneDNN, libtorch's library of convolutions, from processors that hide their caches.
//
// On AMD's processors oneDNN 3.7 takes the sizes of caches from CPUID's leaf 0x8000001D, whether or
// not a hypervisor has filled it in. An empty leaf makes caches of one byte, and its blocked
// convolutions ("brgemm") blocks of size 0: a division by zero, or a null pointer, ends the process
// (seen on Zen 5 with a 1x1 convolution of [2,256,4,6] to 1024 channels, and in backward passes).
// Instruction sets below AVX2 have no such convolutions, so there oneDNN is told to stop at AVX,
// unless the user has said something else.

#ifdef __x86_64__
#include <cpuid.h>
#endif

#include <cstdlib>

#include "autoloss/ops.h"

namespace autoloss {
namespace {

#ifdef __x86_64__
constexpr unsigned kAmd = 0x68747541;  // "Auth", of AuthenticAMD
constexpr unsigned kHighest = 0x80000000;
constexpr unsigned kCaches = 0x8000001D;
constexpr unsigned kTypeOfCache = 0x1F;

bool read_hides_caches() {
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  if (__get_cpuid(0, &a, &b, &c, &d) == 0 || b != kAmd) return false;
  if (__get_cpuid_max(kHighest, nullptr) < kCaches) return false;
  __cpuid_count(kCaches, 0, a, b, c, d);
  return (a & kTypeOfCache) == 0;
}
#else
bool read_hides_caches() { return false; }
#endif

// Runs when the library is loaded, which is before libtorch's first convolution.
__attribute__((constructor)) void limit_onednn() {
  if (getenv("ONEDNN_MAX_CPU_ISA") == nullptr && getenv("DNNL_MAX_CPU_ISA") == nullptr &&
      hides_caches()) {
    setenv("ONEDNN_MAX_CPU_ISA", "AVX", 0);
  }
}

}  // namespace

bool hides_caches() {
  static const bool hidden = read_hides_caches();
  return hidden;
}

}  // namespace autoloss
