/**
 * A run from its settings to its results: warm start, search, confirmation, comparison, and the
 * folder in which all of it is written down.
 */
package org.autoloss.experiment;
