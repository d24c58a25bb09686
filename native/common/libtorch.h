// Functions of libtorch's, looked up by name: no header and no library of it is needed to build.
// Those of its C interface for code that is compiled ahead of time (aoti_torch) are kept from one
// release to the next, unlike the C++ classes behind them, and return 0 for success.
#ifndef AUTOLOSS_COMMON_LIBTORCH_H_
#define AUTOLOSS_COMMON_LIBTORCH_H_

#include <dlfcn.h>

namespace autoloss {

/// A library of libtorch's, by its file's name; NULL if it is not in this process.
inline void* loaded_libtorch(const char* file) { return dlopen(file, RTLD_NOLOAD | RTLD_LAZY); }

/// Looks a function up in a library; NULL if that release lacks it.
template <class Function>
void find_function(void* library, const char* name, Function** function) {
  *function = reinterpret_cast<Function*>(dlsym(library, name));
}

}  // namespace autoloss

#endif  // AUTOLOSS_COMMON_LIBTORCH_H_
