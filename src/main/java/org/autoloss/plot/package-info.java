/**
 * Pictures of losses and searches, drawn with XChart, as PNG or SVG. Nothing else depends on a
 * picture: where fonts or XChart are missing, runs go on without.
 */
package org.autoloss.plot;
