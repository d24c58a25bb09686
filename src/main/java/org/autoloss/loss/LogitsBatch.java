package org.autoloss.loss;

import org.autoloss.internal.LabelType;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/**
 * A checked batch as a native operation reads it: contiguous memory of the right size and type,
 * valid for the length of the call.
 *
 * @param shape the sizes
 * @param logits {@code [N,C,H,W]} float32
 * @param labels {@code [N,H,W]} of {@code labelType}
 * @param labelType the labels' element type
 */
public record LogitsBatch(Shape shape, FloatPointer logits, Pointer labels, LabelType labelType) {}
