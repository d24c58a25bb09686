/**
 * A run as one HTML file for people: what was searched, what was found, what it takes to repeat.
 */
package org.autoloss.report;
