package org.autoloss.data;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The segments of a JPEG file up to its first scan, in one walk over the markers (ITU-T T.81, annex
 * B), and from them a file of the same pixels that ImageIO reads as libjpeg does.
 *
 * <p>ImageIO guesses the colours where no marker gives them, and refuses files for the sake of
 * segments that hold no pixels: profiles that lack a part, Adobe markers that contradict the JFIF
 * marker. So all segments of applications are left out, and one is put in that says what libjpeg
 * makes of the colours. A whole profile stays: ImageIO turns its colours into sRGB.
 */
final class JpegSegments {
  private static final int SOI = 0xD8;
  private static final int EOI = 0xD9;
  private static final int SOS = 0xDA;
  private static final int TEM = 0x01;
  private static final int RST0 = 0xD0;
  private static final int RST7 = 0xD7;
  private static final int COM = 0xFE;
  private static final int APP0 = 0xE0;
  private static final int APP1 = 0xE1;
  private static final int APP2 = 0xE2;
  private static final int APP14 = 0xEE;
  private static final int APP15 = 0xEF;

  private static final byte[] JFIF = ascii("JFIF\0");
  private static final byte[] EXIF = ascii("Exif\0\0");
  private static final byte[] PROFILE = ascii("ICC_PROFILE\0");
  private static final byte[] ADOBE = ascii("Adobe");
  private static final byte[] RGB = ascii("RGB");
  private static final int JFIF_BYTES = 14;
  private static final int ADOBE_BYTES = 12;
  private static final int ADOBE_TRANSFORM = 11;
  private static final int FRAME_BYTES =
      6; // bits, height, width, channels; then 3 for each channel
  private static final int LAST_HUFFMAN_DCT = 0xC2;

  /** Says that three channels are YCbCr: JFIF 1.1, square pixels, no thumbnail. */
  private static final byte[] YCBCR_MARKER = {
    (byte) 0xFF, (byte) APP0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0
  };

  /** Says that three channels are RGB: Adobe's, transform 0. */
  private static final byte[] RGB_MARKER = {
    (byte) 0xFF, (byte) APP14, 0, 14, 'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, 0
  };

  /** A segment: its marker at {@code start}, its content from {@code from} to {@code to}. */
  private record Segment(int marker, int start, int from, int to) {}

  private final byte[] file;
  private final List<Segment> segments = new ArrayList<>();
  private int scan;

  private JpegSegments(byte[] file) {
    this.file = file;
  }

  /**
   * Walks over a file.
   *
   * @throws IOException if it ends before its first scan or has no frame; the message says so
   */
  static JpegSegments of(byte[] file) throws IOException {
    JpegSegments jpeg = new JpegSegments(file);
    jpeg.walk();
    return jpeg;
  }

  private void walk() throws IOException {
    if (file.length < 2 || u8(0) != 0xFF || u8(1) != SOI) {
      throw new IOException("it does not begin like a JPEG");
    }
    int at = 2;
    while (true) {
      int start = nextMarker(at);
      int marker = u8(start + 1);
      if (marker == SOS) {
        scan = start;
        break;
      }
      if (marker == EOI) {
        throw new IOException("it ends without pixels");
      }
      at = marker == TEM || marker >= RST0 && marker <= RST7 ? start + 2 : add(marker, start);
    }
    requireFrame();
  }

  // Bytes that belong to no segment are harmless, and any number of 0xFF may stand before a marker.
  private int nextMarker(int from) throws IOException {
    for (int at = from; at + 1 < file.length; at++) {
      if (u8(at) == 0xFF && u8(at + 1) != 0xFF && u8(at + 1) != 0) {
        return at;
      }
    }
    throw endsEarly();
  }

  private int add(int marker, int start) throws IOException {
    int from = start + 4;
    if (from > file.length) {
      throw endsEarly();
    }
    int to = start + 2 + u16(start + 2);
    if (to < from || to > file.length) {
      throw endsEarly();
    }
    segments.add(new Segment(marker, start, from, to));
    return to;
  }

  private void requireFrame() throws IOException {
    if (segments.stream().noneMatch(JpegSegments::isFrame)) {
      throw new IOException("it has no frame");
    }
    int length = frame().to - frame().from;
    if (length < FRAME_BYTES || length < FRAME_BYTES + 3 * channels()) {
      throw new IOException("its frame ends early");
    }
  }

  private static IOException endsEarly() {
    return new IOException("it ends early");
  }

  private static boolean isFrame(Segment segment) {
    int marker = segment.marker;
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
  }

  /**
   * What keeps a whole file from being read.
   *
   * @return for example "4 channels"; nothing if it is 8-bit RGB or grey, baseline or progressive
   */
  Optional<String> obstacle() {
    int bits = u8(frame().from);
    int channels = channels();
    if (frame().marker > LAST_HUFFMAN_DCT) {
      return Optional.of("one with lossless or arithmetic coding");
    }
    if (bits != 8) {
      return Optional.of(bits + " bits a channel");
    }
    return channels == 1 || channels == 3 ? Optional.empty() : Optional.of(channels + " channels");
  }

  private Segment frame() {
    return segments.stream().filter(JpegSegments::isFrame).findFirst().orElseThrow();
  }

  private int channels() {
    return u8(frame().from + FRAME_BYTES - 1);
  }

  /** How the image must be turned to stand upright. */
  ExifOrientation orientation() {
    return segments.stream()
        .filter(segment -> segment.marker == APP1 && startsWith(segment, EXIF))
        .findFirst()
        .map(s -> ExifOrientation.of(Arrays.copyOfRange(file, s.from + EXIF.length, s.to)))
        .orElse(ExifOrientation.UPRIGHT);
  }

  /** Whether there is a colour profile, or a part of one. */
  boolean hasProfile() {
    return segments.stream().anyMatch(this::isProfile);
  }

  private boolean isProfile(Segment segment) {
    return segment.marker == APP2 && startsWith(segment, PROFILE);
  }

  /**
   * A file of the same pixels without what ImageIO stumbles over.
   *
   * @param profile whether to keep the colour profile
   */
  byte[] forImageIo(boolean profile) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(file.length);
    out.write(file, 0, 2);
    if (channels() == 3) {
      out.writeBytes(isRgb() ? RGB_MARKER : YCBCR_MARKER);
    }
    for (Segment segment : segments) {
      boolean application = segment.marker >= APP0 && segment.marker <= APP15;
      if (profile && isProfile(segment) || !application && segment.marker != COM) {
        out.write(file, segment.start, segment.to - segment.start);
      }
    }
    out.write(file, scan, file.length - scan);
    return out.toByteArray();
  }

  /**
   * What libjpeg makes of three channels: JFIF's marker decides, then Adobe's, then their names.
   */
  private boolean isRgb() {
    if (segments.stream().anyMatch(s -> s.marker == APP0 && holds(s, JFIF, JFIF_BYTES))) {
      return false;
    }
    Integer transform = null;
    for (Segment segment : segments) {
      if (segment.marker == APP14 && holds(segment, ADOBE, ADOBE_BYTES)) {
        transform = u8(segment.from + ADOBE_TRANSFORM);
      }
    }
    return transform != null ? transform == 0 : namesAreRgb();
  }

  private boolean namesAreRgb() {
    int names = frame().from + FRAME_BYTES;
    for (int i = 0; i < RGB.length; i++) {
      if (u8(names + 3 * i) != RGB[i]) {
        return false;
      }
    }
    return true;
  }

  private boolean holds(Segment segment, byte[] prefix, int atLeast) {
    return segment.to - segment.from >= atLeast && startsWith(segment, prefix);
  }

  private boolean startsWith(Segment segment, byte[] prefix) {
    int end = segment.from + prefix.length;
    return end <= segment.to && Arrays.equals(file, segment.from, end, prefix, 0, prefix.length);
  }

  private int u8(int at) {
    return file[at] & 0xFF;
  }

  private int u16(int at) {
    return u8(at) << 8 | u8(at + 1);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
