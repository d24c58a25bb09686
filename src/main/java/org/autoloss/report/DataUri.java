package org.autoloss.report;

import java.util.Base64;
import java.util.Map;
import org.autoloss.plot.Picture;

/** Pictures inside the page. */
final class DataUri {
  private DataUri() {}

  static String png(byte[] file) {
    return "data:image/png;base64," + Base64.getEncoder().encodeToString(file);
  }

  /** A chart with its text for those who do not see it. */
  static Map<String, Object> chart(Picture picture, String alt, String caption) {
    String uri = "data:image/svg+xml;base64," + Base64.getEncoder().encodeToString(picture.toSvg());
    return Map.of("uri", uri, "alt", alt, "caption", caption);
  }
}
