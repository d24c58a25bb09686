package org.autoloss.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;

class FailuresTest {
  private static void assertSentence(Throwable e, String expected) {
    assertThat(Failures.sentence(e)).isEqualTo(expected);
    assertThat(Failures.expected(e)).as(e.toString()).isTrue();
  }

  @Test
  void sentence_fileSystem_namesFileAndReason() {
    assertSentence(
        new NoSuchFileException("a.npy"),
        "a.npy: expected a file or folder that can be used, got none; check the name");
    assertSentence(
        new UncheckedIOException(new AccessDeniedException("a.npy")),
        "a.npy: expected a file or folder that can be used, got no permission; change its"
            + " permissions, or give another one");
    assertSentence(
        new IllegalStateException(new FileSystemException("a", null, "Structure\nneeds cleaning")),
        "a: expected a file or folder that can be used, got 'Structure\\nneeds cleaning'; see to"
            + " that, or give another one");
  }

  @Test
  void sentence_memoryStackAndClasses_sayWhatToDo() {
    assertThat(Failures.sentence(new OutOfMemoryError("Java heap space")))
        .startsWith("memory: expected enough")
        .contains("Java heap space", "-Xmx");
    assertThat(Failures.sentence(new StackOverflowError())).contains("less deeply nested");
    assertThat(Failures.sentence(new NoClassDefFoundError("com/acme/Base")))
        .contains("com/acme/Base", "--plugins");
    assertThat(Failures.sentence(new ExceptionInInitializerError(new IllegalStateException("no"))))
        .isEqualTo("no");
    for (Error e :
        new Error[] {new OutOfMemoryError(), new StackOverflowError(), new LinkageError()}) {
      assertThat(Failures.expected(e)).as(e.toString()).isTrue();
    }
  }

  @Test
  void sentence_whatBreaksLinesOrIsLong_isOneShortLine() {
    assertThat(Failures.sentence(new IllegalArgumentException("a\nb.json: expected JSON")))
        .isEqualTo("a b.json: expected JSON");
    assertThat(Failures.sentence(new RuntimeException("\nshape is invalid\nframe #0: at 0x1\n")))
        .isEqualTo("shape is invalid");
    assertThat(Failures.sentence(new IOException("x".repeat(100_000))))
        .hasSizeLessThan(5_000)
        .contains("x ... x");
    assertThat(Failures.sentence(new IllegalStateException()))
        .isEqualTo("java.lang.IllegalStateException");
  }

  @Test
  void expected_defects_areNot() {
    assertThat(Failures.expected(new NullPointerException())).isFalse();
    assertThat(Failures.expected(new AssertionError())).isFalse();
  }
}
