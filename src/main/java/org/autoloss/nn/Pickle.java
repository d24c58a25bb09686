package org.autoloss.nn;

import java.math.BigInteger;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.autoloss.internal.Excerpt;

/**
 * Python's pickles (pickletools.py, protocols 2 to 5), as far as PyTorch's files have them, without
 * Python: a pickle is a program for a machine with a stack, and this machine knows no calls.
 *
 * <p>What a pickle would call in Python is shown to a {@link Builder}, which makes a value of ours
 * for the few functions that it knows. Anything else becomes a {@link Stranger}, which is carried
 * along and never run. Nothing here recurses, lengths are checked against what is left of the file,
 * and the number of operations is limited: so a hostile file costs no more than a good one.
 *
 * <p>Values are {@code null} for None, {@link Boolean}, {@link Long}, {@link BigInteger}, {@link
 * Double}, {@link String}, {@code byte[]}, {@link List}, {@link Map} by strings and integers,
 * {@link Tuple}, {@link Global}, {@link Stranger}, and what the builder makes.
 */
final class Pickle {
  // A published network has some thousand operations, a checkpoint with its optimiser ten times as
  // many.
  private static final int MOST_OPERATIONS = 4 << 20;
  private static final int NEWEST = 5;

  private final ByteBuffer in;
  private final Builder builder;
  private final List<Object> stack = new ArrayList<>();
  private final List<Integer> marks = new ArrayList<>();
  private final Map<Long, Object> memo = new HashMap<>();

  /** The name of a function or a class; it is never looked up. */
  record Global(String module, String name) {
    @Override
    public String toString() {
      return Excerpt.of(module + "." + name);
    }
  }

  /** A tuple of Python's. Not for maps: equality would follow whatever a file nests. */
  record Tuple(List<Object> items) {}

  /** What would be an object of a class that nobody here knows. */
  record Stranger(Global type) {}

  /** Makes values of ours for what a pickle would make in Python. */
  interface Builder {
    /**
     * Stands for a call.
     *
     * @return a {@link Stranger} for functions that it does not know
     */
    Object call(Global function, List<Object> arguments);

    /** Stands for an object that lies outside of the pickle. */
    Object persistent(Object id);
  }

  private Pickle(ByteBuffer in, Builder builder) {
    this.in = in;
    this.builder = builder;
  }

  /**
   * Reads one pickle, and leaves the buffer behind it.
   *
   * @throws IllegalArgumentException if it is damaged, or has what PyTorch's files have not
   */
  static Object read(ByteBuffer in, Builder builder) {
    try {
      return new Pickle(in.order(ByteOrder.LITTLE_ENDIAN), builder).run();
    } catch (BufferUnderflowException e) {
      throw new IllegalArgumentException("it ends within its pickle", e);
    }
  }

  private Object run() {
    for (int i = 0; i < MOST_OPERATIONS; i++) {
      int operation = in.get() & 0xFF;
      if (operation == '.') {
        return pop();
      }
      run(operation);
    }
    throw new IllegalArgumentException(
        "expected a pickle of at most " + MOST_OPERATIONS + " operations, got more");
  }

  private void run(int operation) {
    switch (operation) {
      case 0x80 -> requireVersion(in.get() & 0xFF); // PROTO
      case 0x95 -> in.getLong(); // FRAME
      case 'N' -> push(null);
      case 0x88 -> push(true);
      case 0x89 -> push(false);
      case 'J' -> push((long) in.getInt());
      case 'K' -> push(in.get() & 0xFFL);
      case 'M' -> push(in.getShort() & 0xFFFFL);
      case 0x8a -> push(whole(bytes(in.get() & 0xFF)));
      case 0x8b -> push(whole(bytes(in.getInt())));
      case 'G' -> push(in.order(ByteOrder.BIG_ENDIAN).getDouble());
      case 'X', 'T' -> push(text(in.getInt()));
      case 0x8c, 'U' -> push(text(in.get() & 0xFF));
      case 0x8d -> push(text(in.getLong()));
      case 'B' -> push(bytes(in.getInt()));
      case 'C' -> push(bytes(in.get() & 0xFF));
      case 0x8e -> push(bytes(in.getLong()));
      case '(' -> marks.add(stack.size());
      case '0' -> pop();
      case '1' -> popToMark();
      case '2' -> push(top());
      case ']', 0x8f -> push(new ArrayList<>());
      case 'l' -> push(popToMark());
      case 'a' -> append(popLast(1));
      default -> runMore(operation);
    }
    in.order(ByteOrder.LITTLE_ENDIAN);
  }

  private void runMore(int operation) {
    switch (operation) {
      case 'e', 0x90 -> append(popToMark());
      case '}' -> push(new LinkedHashMap<>());
      case 'd' -> {
        List<Object> items = popToMark();
        push(new LinkedHashMap<>());
        put(items);
      }
      case 's' -> put(popLast(2));
      case 'u' -> put(popToMark());
      case ')' -> push(new Tuple(List.of()));
      case 't' -> push(new Tuple(popToMark()));
      case 0x85, 0x86, 0x87 -> push(new Tuple(popLast(operation - 0x84)));
      case 'c' -> push(new Global(line(), line()));
      case 0x93 -> {
        List<Object> names = popLast(2);
        push(new Global(String.valueOf(names.get(0)), String.valueOf(names.get(1))));
      }
      case 'R', 0x81 -> push(call(popLast(2)));
      case 'b' -> pop(); // BUILD: attributes, which no value of ours has
      case 'Q' -> push(builder.persistent(pop()));
      case 'q' -> memo.put(in.get() & 0xFFL, top());
      case 'r' -> memo.put(in.getInt() & 0xFFFFFFFFL, top());
      case 0x94 -> memo.put((long) memo.size(), top());
      case 'h' -> push(remembered(in.get() & 0xFFL));
      case 'j' -> push(remembered(in.getInt() & 0xFFFFFFFFL));
      default ->
          throw new IllegalArgumentException(
              "expected a pickle as PyTorch writes it, got the operation " + operation);
    }
  }

  private static void requireVersion(int version) {
    if (version > NEWEST) {
      throw new IllegalArgumentException(
          "expected a pickle of protocol " + NEWEST + " or older, got " + version);
    }
  }

  private Object call(List<Object> functionAndArguments) {
    Object function = functionAndArguments.get(0);
    if (function instanceof Global known && functionAndArguments.get(1) instanceof Tuple given) {
      return builder.call(known, given.items());
    }
    return function instanceof Stranger ? function : new Stranger(new Global("", "object"));
  }

  private void append(List<Object> items) {
    if (top() instanceof List<?>) {
      list(top()).addAll(items);
    }
  }

  private void put(List<Object> items) {
    if (items.size() % 2 != 0) {
      throw new IllegalArgumentException("expected a value for each key of its pickle");
    }
    if (top() instanceof Map<?, ?>) {
      for (int i = 0; i < items.size(); i += 2) {
        Object key = items.get(i);
        if (key instanceof String || key instanceof Long) {
          map(top()).put(key, items.get(i + 1));
        }
      }
    }
  }

  @SuppressWarnings("unchecked") // all lists on the stack are made here
  private static List<Object> list(Object value) {
    return (List<Object>) value;
  }

  @SuppressWarnings("unchecked") // all maps on the stack are made here, or by the builder
  private static Map<Object, Object> map(Object value) {
    return (Map<Object, Object>) value;
  }

  private void push(Object value) {
    stack.add(value);
  }

  private Object top() {
    requireDepth(1);
    return stack.get(stack.size() - 1);
  }

  private Object pop() {
    requireDepth(1);
    return stack.remove(stack.size() - 1);
  }

  private List<Object> popLast(int count) {
    requireDepth(count);
    List<Object> last = stack.subList(stack.size() - count, stack.size());
    List<Object> copy = new ArrayList<>(last);
    last.clear();
    return copy;
  }

  private List<Object> popToMark() {
    if (marks.isEmpty()) {
      throw new IllegalArgumentException("its pickle has no mark where it needs one");
    }
    int mark = marks.remove(marks.size() - 1);
    return popLast(Math.max(0, stack.size() - mark));
  }

  private void requireDepth(int count) {
    if (stack.size() < count) {
      throw new IllegalArgumentException("its pickle takes more values than it has");
    }
  }

  private Object remembered(long key) {
    if (!memo.containsKey(key)) {
      throw new IllegalArgumentException("its pickle refers to a value that it does not have");
    }
    return memo.get(key);
  }

  private byte[] bytes(long length) {
    if (length < 0 || length > in.remaining()) {
      throw new BufferUnderflowException();
    }
    byte[] bytes = new byte[(int) length];
    in.get(bytes);
    return bytes;
  }

  private String text(long length) {
    return new String(bytes(length), StandardCharsets.UTF_8);
  }

  private String line() {
    int start = in.position();
    while (in.get() != '\n') {
      // on to the end of the line
    }
    int end = in.position();
    in.position(start);
    String line = text(end - 1L - start);
    in.get();
    return line;
  }

  private static Object whole(byte[] littleEndian) {
    byte[] bytes = new byte[littleEndian.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = littleEndian[bytes.length - 1 - i];
    }
    BigInteger value = bytes.length == 0 ? BigInteger.ZERO : new BigInteger(bytes);
    return value.bitLength() < Long.SIZE ? (Object) value.longValue() : value;
  }
}
