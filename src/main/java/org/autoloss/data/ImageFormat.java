package org.autoloss.data;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/** What an image file is by its first bytes, whatever its name says. */
enum ImageFormat {
  JPEG("\u00FF\u00D8"),
  PNG("\u0089PNG"),
  GIF("GIF8"),
  WEBP("RIFF"),
  BMP("BM"),
  TIFF("II*\0", "MM\0*");

  private static final int LONGEST = 4;

  private final String[] beginnings;

  ImageFormat(String... beginnings) {
    this.beginnings = beginnings;
  }

  /** The format of a file, if it is one of these. */
  static Optional<ImageFormat> of(byte[] file) {
    String begin = new String(file, 0, Math.min(file.length, LONGEST), StandardCharsets.ISO_8859_1);
    return Arrays.stream(values())
        .filter(format -> Arrays.stream(format.beginnings).anyMatch(begin::startsWith))
        .findFirst();
  }
}
