// Finds libtorch's functions in this process.
#include "torch_interface.h"

#include "libtorch.h"

namespace autoloss {

const Torch& torch() {
  static const Torch found = [] {
    void* library = loaded_libtorch("libtorch_cpu.so");
    if (library == nullptr) {
      throw std::runtime_error("libtorch: expected it in this process, whose tensors these are");
    }
    const auto find = [library](const char* name, auto* function) {
      find_function(library, name, function);
      if (*function == nullptr) {
        throw std::runtime_error(std::string("libtorch: expected one that has ") + name +
                                 ", got another release; use PyTorch 2.10, whose presets this "
                                 "library depends on");
      }
    };
    Torch functions = {};
    find("aoti_torch_assign_tensors", &functions.assign);
    find("aoti_torch_delete_tensor_object", &functions.free);
    find("aoti_torch_new_tensor_handle", &functions.share);
    find("aoti_torch_empty_strided", &functions.empty);
    find("aoti_torch_get_data_ptr", &functions.data);
    find("aoti_torch_is_defined", &functions.defined);
    find("aoti_torch_get_layout", &functions.layout);
    find("aoti_torch_is_contiguous", &functions.contiguous);
    find("aoti_torch_get_dim", &functions.dimensions);
    find("aoti_torch_get_sizes", &functions.sizes);
    find("aoti_torch_get_strides", &functions.strides);
    find("aoti_torch_get_dtype", &functions.type);
    find("aoti_torch_get_device_type", &functions.device_type);
    find("aoti_torch_get_device_index", &functions.device);
    find("_ZN2at4_ops5alias4callERKNS_6TensorE", &functions.alias);
    find("_ZN2at4_ops3dot4callERKNS_6TensorES4_", &functions.dot);
    find("_ZN2at4_ops9expand_as4callERKNS_6TensorES4_", &functions.expand_as);
    find("_ZN2at4_ops12_log_softmax4callERKNS_6TensorElb", &functions.log_softmax);
    find("_ZN2at4_ops18nll_loss2d_forward4callERKNS_6TensorES4_RKSt8optionalIS2_ElN3c106SymIntE",
         &functions.nll_loss2d);
    find("_ZN2at4_ops10contiguous4callERKNS_6TensorEN3c1012MemoryFormatE",
         &functions.contiguous_form);
    find("_ZN2at6native6is_negERKNS_6TensorE", &functions.negated);
    find("_ZNK2at10TensorBase8_versionEv", &functions.version);
    find("_ZN3c108GradMode10is_enabledEv", &functions.makes_graphs);
    find("_ZN2at4_ops8set_data4callERNS_6TensorERKS2_", &functions.set_data);
    find("_ZN5torch8autograd4impl13gradient_edgeERKN2at6TensorE", &functions.gradient_edge);
    find("_ZN5torch8autograd4impl17set_gradient_edgeERKN2at6TensorENS0_4EdgeE",
         &functions.set_gradient_edge);
    find("_ZNK2at10TensorBase14_register_hookESt8functionIFS0_RKS0_EE", &functions.register_hook);
    return functions;
  }();
  return found;
}

}  // namespace autoloss
