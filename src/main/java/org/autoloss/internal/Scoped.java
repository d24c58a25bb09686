package org.autoloss.internal;

import java.util.Iterator;
import java.util.function.Supplier;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;

/** Results that outlive what was needed to make them. */
public final class Scoped {
  private Scoped() {}

  /**
   * What comes of a computation; all else that it made is freed. The result belongs to the caller's
   * scope, as if it had been made there: a second tensor to carry it out would cost as much as a
   * small loss.
   *
   * @param <P> the result's type
   * @param computation makes the result, and whatever it needs on the way
   * @return the result, in the current scope
   */
  public static <P extends Pointer> P result(Supplier<P> computation) {
    P result;
    try (PointerScope scope = new PointerScope()) {
      result = computation.get();
      result.retainReference();
    }
    handOver(result);
    return result;
  }

  /**
   * Gives what was retained in an inner scope, since closed, over to the scope that is current, if
   * there is one.
   *
   * @param retained its one reference is ours
   */
  public static void handOver(Pointer retained) {
    if (attach(retained)) {
      retained.releaseReference(); // the scope has a reference of its own
    }
  }

  /** Attaches to the innermost scope that takes such pointers, as JavaCPP does with new ones. */
  private static boolean attach(Pointer pointer) {
    for (Iterator<PointerScope> each = PointerScope.getScopeIterator(); each.hasNext(); ) {
      try {
        each.next().attach(pointer);
        return true;
      } catch (IllegalArgumentException e) {
        continue; // one for pointers of other types
      }
    }
    return false;
  }
}
