/**
 * Losses of boxes, by name: IoU and its kin, distances of deltas, and those that CSE-Autoloss
 * found.
 */
package org.autoloss.loss.box;
