package org.autoloss.storage;

import java.time.Instant;

/**
 * An entry and when it was written.
 *
 * @param entry the entry
 * @param time to the millisecond
 */
public record Written(Entry entry, Instant time) {}
