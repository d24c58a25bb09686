package org.autoloss.storage;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;

/**
 * Something that happened to a run.
 *
 * @param kind for example {@code started}
 * @param detail one JSON object
 * @param written when
 */
public record Event(String kind, ObjectNode detail, Instant written) {}
