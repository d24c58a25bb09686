/** Native code of AutoLoss for Linux on x86-64, with that of libtorch on which it runs. */
@SuppressWarnings("module") // which says that no name should end in digits
module org.autoloss.linux.x86_64 {
  requires transitive org.autoloss;
  requires org.bytedeco.javacpp.linux.x86_64;
  requires org.bytedeco.openblas.linux.x86_64;
  requires org.bytedeco.pytorch.linux.x86_64;

  provides org.autoloss.NativeLibraries with
      org.autoloss.linux.x86_64.LinuxLibraries;
}
