package org.autoloss.nn;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The names under which published files keep what a network of ours has under another one.
 *
 * <ul>
 *   <li>{@code module.}: what PyTorch's data parallel training puts before every name.
 *   <li>a backbone's own file has no {@code backbone.} or {@code backbone.body.} before its names;
 *       of MobileNetV2, torchvision's has {@code features.} where detection has nothing, and
 *       mmsegmentation's has {@link MobileNames}.
 *   <li>detection before torchvision 0.13: {@code fpn.inner_blocks.0.weight}, {@code
 *       rpn.head.conv.weight}, {@code mask_head.mask_fcn1.weight}.
 *   <li>poses before mmpose 1.0: {@code keypoint_head.} for {@code head.}.
 * </ul>
 */
final class PublishedNames {
  private static final String PARALLEL = "module.";
  private static final String BACKBONE = "backbone.";

  private record Rename(Pattern ours, String theirs) {
    static Rename of(String ours, String theirs) {
      return new Rename(Pattern.compile(ours), theirs);
    }
  }

  private static final List<Rename> RENAMES =
      List.of(
          Rename.of("^backbone\\.body\\.(\\d+\\.)", "features.$1"),
          Rename.of("^backbone\\.body\\.", ""),
          Rename.of("^backbone\\.body\\.", BACKBONE),
          Rename.of("^backbone\\.", ""),
          Rename.of("(fpn\\.(?:inner|layer)_blocks\\.\\d)\\.0\\.", "$1."),
          Rename.of("^rpn\\.head\\.conv\\.0\\.0\\.", "rpn.head.conv."),
          Rename.of("mask_head\\.0\\.0\\.", "mask_head.mask_fcn1."),
          Rename.of("mask_head\\.1\\.0\\.", "mask_head.mask_fcn2."),
          Rename.of("mask_head\\.2\\.0\\.", "mask_head.mask_fcn3."),
          Rename.of("mask_head\\.3\\.0\\.", "mask_head.mask_fcn4."),
          Rename.of("^head\\.", "keypoint_head."),
          Rename.of("^", BACKBONE));

  private final Map<String, String> published = new HashMap<>();

  /** The names of a file. */
  PublishedNames(Set<String> names) {
    boolean parallel = names.stream().allMatch(name -> name.startsWith(PARALLEL));
    names.forEach(name -> published.put(parallel ? name.substring(PARALLEL.length()) : name, name));
  }

  /** What the file calls a tensor of ours. */
  Optional<String> find(String ours) {
    List<String> candidates = new ArrayList<>(List.of(ours));
    for (Rename rename : RENAMES) {
      var matcher = rename.ours().matcher(ours);
      if (matcher.find()) {
        candidates.add(matcher.replaceFirst(rename.theirs()));
      }
    }
    MobileNames.of(ours).ifPresent(name -> candidates.addAll(List.of(BACKBONE + name, name)));
    return candidates.stream().filter(published::containsKey).findFirst().map(published::get);
  }
}
