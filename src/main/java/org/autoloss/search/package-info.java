/**
 * Searches for losses. A search hands trials to a {@link org.autoloss.search.TrialExecutor}, and
 * knows no trainer, no file and no screen.
 */
package org.autoloss.search;
