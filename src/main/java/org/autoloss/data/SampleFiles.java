package org.autoloss.data;

import java.nio.file.Path;

/** Where a sample lies: its name in the data set, its image, and its labels. */
record SampleFiles(String name, Path image, Path labels) {}
