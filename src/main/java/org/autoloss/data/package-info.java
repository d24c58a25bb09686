/** Data sets on disk and the transforms of training and evaluation. */
package org.autoloss.data;
