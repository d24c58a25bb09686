package org.autoloss;

/**
 * What a module of native code provides, so that the module path finds it.
 *
 * <p>Nothing calls it. But this module uses it, and so the module system takes up, with {@code
 * org.autoloss}, each module that provides it: a program names {@code requires org.autoloss}, and
 * native code for its machine, ours and that of libtorch, needs no {@code --add-modules}.
 */
public interface NativeLibraries {}
