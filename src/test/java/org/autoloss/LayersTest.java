package org.autoloss;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The floors of the house: a package imports only from those above it. */
class LayersTest {
  private static final String ROOT = "org.autoloss";

  // From top to bottom, as docs/architecture.md has them.
  private static final List<String> LAYERS =
      List.of(
          "internal",
          "loss",
          "metric",
          "surrogate",
          "graph",
          "data",
          "nn",
          "train",
          "task",
          "storage",
          "search",
          "export",
          "plot",
          "report",
          "experiment",
          "cli");

  // Made by JavaCPP from ops.h, and what tells it how: beside the floors, imported by all.
  private static final Set<String> BINDING = Set.of("global", "presets");

  // What runs, stores and searches knows tasks, and no label map.
  private static final List<String> TASK_FREE =
      List.of("train", "storage", "search", "experiment", "report");

  private static JavaClasses classes;

  @BeforeAll
  static void read() {
    classes =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(ROOT);
  }

  @Test
  void packages_all_importOnlyFromThoseAbove() {
    Set<String> violations = new TreeSet<>();
    for (JavaClass from : classes) {
      for (Dependency dependency : from.getDirectDependenciesFromSelf()) {
        String own = floor(from);
        String other = floor(dependency.getTargetClass());
        if (other != null
            && !BINDING.contains(own)
            && !BINDING.contains(other)
            && LAYERS.indexOf(other) > LAYERS.indexOf(own)) {
          violations.add(from.getName() + " -> " + dependency.getTargetClass().getName());
        }
      }
    }
    assertThat(violations).isEmpty();
  }

  @Test
  void packages_all_standOnAFloor() {
    Set<String> floors = new TreeSet<>();
    classes.forEach(each -> floors.add(floor(each)));
    floors.removeAll(BINDING);
    assertThat(LAYERS).containsAll(floors);
  }

  @Test
  void packages_all_haveNoCycles() {
    SlicesRuleDefinition.slices().matching("(**)").should().beFreeOfCycles().check(classes);
  }

  @Test
  void rooms_forEveryTask_nameNoTask() {
    Set<String> violations = new TreeSet<>();
    for (JavaClass from : classes) {
      for (Dependency dependency : from.getDirectDependenciesFromSelf()) {
        String target = dependency.getTargetClass().getPackageName();
        if (TASK_FREE.contains(floor(from))
            && (target.startsWith(ROOT + ".task.") || target.startsWith(ROOT + ".data"))) {
          violations.add(from.getName() + " -> " + dependency.getTargetClass().getName());
        }
      }
    }
    assertThat(violations).isEmpty();
  }

  @Test
  void losses_andAllThatTheyReach_needLibtorchAndJacksonAlone() {
    List<String> needed = List.of("java.", ROOT, "org.bytedeco.", "com.fasterxml.jackson.");
    Set<String> violations = new TreeSet<>();
    for (JavaClass each : reached(Set.of("loss", "metric", "surrogate", "graph"))) {
      for (Dependency dependency : each.getDirectDependenciesFromSelf()) {
        String target = dependency.getTargetClass().getBaseComponentType().getName();
        if (target.contains(".") && needed.stream().noneMatch(target::startsWith)) {
          violations.add(each.getName() + " -> " + target);
        }
      }
    }
    assertThat(violations).isEmpty();
  }

  /** Our classes of the root and of some floors, those of ours that they use, and so on. */
  private static Set<JavaClass> reached(Set<String> floors) {
    Set<JavaClass> reached = new HashSet<>();
    Deque<JavaClass> open = new ArrayDeque<>();
    classes.stream()
        .filter(each -> each.getPackageName().equals(ROOT) || floors.contains(floor(each)))
        .forEach(open::add);
    while (!open.isEmpty()) {
      JavaClass next = open.remove();
      if (reached.add(next)) {
        next.getDirectDependenciesFromSelf().stream()
            .map(dependency -> dependency.getTargetClass().getBaseComponentType())
            .filter(target -> floor(target) != null)
            .forEach(open::add);
      }
    }
    return reached;
  }

  /**
   * The first part of a package below the root; null for a stranger. The few classes of the root
   * are the public face of what is internal: one floor.
   */
  private static String floor(JavaClass each) {
    String name = each.getPackageName();
    if (!name.equals(ROOT) && !name.startsWith(ROOT + ".")) {
      return null;
    }
    return name.equals(ROOT) ? "internal" : name.substring(ROOT.length() + 1).split("\\.")[0];
  }
}
