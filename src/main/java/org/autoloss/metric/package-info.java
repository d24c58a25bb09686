/**
 * What is optimised: segmentation metrics over a whole data set, and the policies they share with
 * losses.
 */
package org.autoloss.metric;
