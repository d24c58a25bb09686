package org.autoloss.storage;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;

/**
 * What a run is.
 *
 * @param method what kind of run: {@code asl}, {@code zero}, {@code zero-ablation}, {@code table}
 * @param configuration all that its results depend on
 * @param status how it stands
 * @param created when it began
 * @param schema the version of its database
 */
public record RunInfo(
    String method, ObjectNode configuration, Status status, Instant created, int schema) {
  /** How a run stands. */
  public enum Status {
    /** A process goes on with it. */
    RUNNING,
    /** It is not complete, and no process continues it. */
    INTERRUPTED,
    /** It came to its end without a result: all that it trained diverged. */
    DIVERGED,
    /** It is complete. */
    COMPLETE
  }
}
