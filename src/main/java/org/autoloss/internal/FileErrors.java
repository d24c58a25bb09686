package org.autoloss.internal;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;

/** Says in a sentence what the system says in a word, or in a path alone. */
public final class FileErrors {
  private FileErrors() {}

  /**
   * Explains why a file or folder cannot be written.
   *
   * @param file which
   * @param e what the system says
   * @return an exception whose message names the file, the reason and the remedy; the same where
   *     the thread was interrupted
   */
  public static IOException unwritable(Path file, IOException e) {
    if (e instanceof ClosedByInterruptException) {
      return e; // no trouble of the file
    }
    return new IOException(file + ": expected a place to write to, got " + reason(e), e);
  }

  /**
   * Explains an exception about a file, of which nobody has said more.
   *
   * @param e what the system says
   * @return a message that names the file and the reason
   */
  public static String sentence(FileSystemException e) {
    return e.getFile() == null
        ? "expected a file that can be used, got " + readReason(e)
        : e.getFile() + ": expected a file or folder that can be used, got " + readReason(e);
  }

  private static String readReason(IOException e) {
    if (e instanceof AccessDeniedException) {
      return "no permission; change its permissions, or give another one";
    }
    if (e instanceof NoSuchFileException) {
      return "none; check the name";
    }
    if (e instanceof NotDirectoryException) {
      return "a file where a folder should be; check the name";
    }
    if (e instanceof FileAlreadyExistsException || e instanceof DirectoryNotEmptyException) {
      return "one that is there already; give another name, or move it away";
    }
    String said = said(e);
    return "Is a directory".equals(said)
        ? "a folder; give a file"
        : "'" + Excerpt.of(said) + "'; see to that, or give another one";
  }

  private static String reason(IOException e) {
    if (e instanceof AccessDeniedException) {
      return "no permission; change that of its folder, or give another one";
    }
    if (e instanceof NoSuchFileException) {
      return "a folder that is not there; make it, or give another one";
    }
    if (e instanceof FileSystemLoopException) {
      return "a link that leads back to itself; remove it";
    }
    if (e instanceof FileAlreadyExistsException) {
      return "a file where its folder should be; give another one";
    }
    String said = said(e);
    if (said.contains("Is a directory")) {
      return "a folder; name a file in it";
    }
    if (said.contains("Not a directory")) {
      return "a file where its folder should be; give another one";
    }
    if (said.contains("No space left")) {
      return "a full disk; make room";
    }
    if (said.contains("Read-only file system")) {
      return "a read-only file system; give another one";
    }
    return "'" + said + "'; see to that, or give another place";
  }

  private static String said(IOException e) {
    String said = e instanceof FileSystemException f ? f.getReason() : e.getMessage();
    return said == null ? e.toString() : said;
  }
}
