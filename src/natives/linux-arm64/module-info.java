/** Native code of AutoLoss for Linux on arm64, without libtorch, of which there is none for it. */
@SuppressWarnings("module") // which says that no name should end in digits
module org.autoloss.linux.arm64 {
  requires transitive org.autoloss;
  requires org.bytedeco.javacpp.linux.arm64;

  provides org.autoloss.NativeLibraries with
      org.autoloss.linux.arm64.LinuxLibraries;
}
