# Finds nvcc and adds the CUDA kernels to a library. Before any target is made: CMake wants to know the
# architectures by then.
if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
  set(CMAKE_CUDA_ARCHITECTURES ${CUDA_ARCHITECTURES})
endif()
if(NOT CMAKE_CUDA_COMPILER AND NOT DEFINED ENV{CUDACXX})
  find_program(CMAKE_CUDA_COMPILER nvcc HINTS ENV CUDA_HOME ENV CUDA_PATH /usr/local/cuda PATH_SUFFIXES bin)
  if(NOT CMAKE_CUDA_COMPILER)
    message(FATAL_ERROR "nvcc is missing; install NVIDIA's CUDA toolkit, 12.4 or newer, or set CUDA_HOME to where it is")
  endif()
endif()
enable_language(CUDA)
if(CMAKE_CUDA_COMPILER_VERSION VERSION_LESS 12.4)
  message(FATAL_ERROR "nvcc: expected 12.4 or newer, got ${CMAKE_CUDA_COMPILER_VERSION}")
elseif(CMAKE_CUDA_COMPILER_VERSION VERSION_LESS 12.8)
  # older compilers know nothing of Blackwell; its GPUs run the PTX of Hopper
  list(FILTER CMAKE_CUDA_ARCHITECTURES EXCLUDE REGEX "^1[0-9][0-9]")
endif()
set(CMAKE_CUDA_STANDARD 17)
set(CMAKE_CUDA_STANDARD_REQUIRED ON)
find_package(CUDAToolkit REQUIRED)

# Approximate division and denormal numbers flushed to zero: each file's comment says what that costs.
set_source_files_properties(cuda/boundary.cu cuda/overlap.cu cuda/region.cu PROPERTIES COMPILE_OPTIONS "-ftz=true")
# No products that are added without being rounded: overlaps are compared with thresholds, and samples with borders.
set_source_files_properties(cuda/boxes.cu cuda/roi_align.cu cuda/suppression.cu PROPERTIES COMPILE_OPTIONS "-fmad=false")

# The runtime is linked statically, so that the library loads where there is no CUDA.
function(add_cuda_to target)
  target_sources(${target} PRIVATE ${CUDA_SOURCES})
  set_target_properties(${target} PROPERTIES CUDA_RUNTIME_LIBRARY Static CUDA_VISIBILITY_PRESET default)
  target_link_libraries(${target} PRIVATE CUDA::cudart_static)
endfunction()
