/**
 * The journal of a run: an SQLite database in the run's folder, with one writer and any number of
 * readers. What {@link org.autoloss.storage.Journal} has taken is on disk, whatever happens to the
 * process or the machine; {@link org.autoloss.storage.RunReader} reads it, also while the run goes
 * on.
 */
package org.autoloss.storage;
