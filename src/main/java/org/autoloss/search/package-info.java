/**
 * Searches for losses. A search knows an {@link org.autoloss.search.Objective}, never a trainer, a
 * file or a screen.
 */
package org.autoloss.search;
