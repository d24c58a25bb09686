package org.autoloss.report;

import com.samskivert.mustache.Mustache;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Fills the templates of pages; they lie beside this class, as does the style that they share. */
final class Page {
  private Page() {}

  static String fill(String template, Map<String, Object> content) throws IOException {
    try (Reader reader = open(template)) {
      return Mustache.compiler().withLoader(Page::open).compile(reader).execute(content);
    }
  }

  private static Reader open(String name) {
    InputStream in = Page.class.getResourceAsStream(name);
    return new InputStreamReader(in, StandardCharsets.UTF_8);
  }
}
