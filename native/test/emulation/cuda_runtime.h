// Takes the place of CUDA's header of this name in tests; see cuda_on_cpu.h.
#include "cuda_on_cpu.h"
