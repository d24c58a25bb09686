/** What detectors do with boxes, and with the regions of feature maps that they mark. */
package org.autoloss.nn.box;
