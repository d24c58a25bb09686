package org.autoloss.storage;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;

/**
 * A time in which a process went on with a run.
 *
 * @param workers who trained
 * @param versions of what computed
 * @param started when it began
 * @param seconds how long it lasted, up to its last entry
 */
public record Session(int workers, ObjectNode versions, Instant started, double seconds) {}
