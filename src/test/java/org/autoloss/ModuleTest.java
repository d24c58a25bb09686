package org.autoloss;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The module says what the packages and the services of the class path say. */
class ModuleTest {
  private static final Path SOURCES = Path.of("src/main/java");
  private static final Path SERVICES = Path.of("src/main/resources/META-INF/services");
  private static final Set<String> OURS =
      Set.of(
          "org.autoloss.cli",
          "org.autoloss.global",
          "org.autoloss.internal",
          "org.autoloss.presets");

  @Test
  void exports_packagesForUsers_areAll() throws IOException {
    List<String> exported =
        descriptor().exports().stream()
            .filter(export -> !export.isQualified())
            .map(ModuleDescriptor.Exports::source)
            .toList();
    assertThat(exported).containsExactlyInAnyOrderElementsOf(packagesForUsers());
  }

  @Test
  void provides_services_areThoseOfTheClassPath() throws IOException {
    Set<String> services;
    try (Stream<Path> files = Files.list(SERVICES)) {
      services = files.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
    }
    assertThat(descriptor().provides())
        .extracting(ModuleDescriptor.Provides::service)
        .containsExactlyInAnyOrderElementsOf(services);
    assertThat(descriptor().uses()).containsAll(services);
    for (ModuleDescriptor.Provides provided : descriptor().provides()) {
      assertThat(provided.providers())
          .containsExactlyInAnyOrderElementsOf(
              Files.readAllLines(SERVICES.resolve(provided.service())));
    }
  }

  private static ModuleDescriptor descriptor() throws IOException {
    Path classes = Path.of("target/classes/module-info.class");
    try (InputStream in = Files.newInputStream(classes)) {
      return ModuleDescriptor.read(in);
    }
  }

  private static Set<String> packagesForUsers() throws IOException {
    try (Stream<Path> files = Files.walk(SOURCES)) {
      return files
          .filter(file -> file.toString().endsWith(".java"))
          .map(file -> SOURCES.relativize(file).getParent())
          .map(folder -> folder.toString().replace('/', '.'))
          .filter(name -> !OURS.contains(name))
          .collect(Collectors.toSet());
    }
  }
}
