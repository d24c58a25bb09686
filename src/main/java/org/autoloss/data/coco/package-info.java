/** Annotation and result files in COCO's format. */
package org.autoloss.data.coco;
