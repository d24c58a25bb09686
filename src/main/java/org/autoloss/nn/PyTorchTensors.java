package org.autoloss.nn;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.autoloss.internal.Excerpt;

/**
 * The few functions that PyTorch's files may name ({@code torch/_utils.py}), and what tensors are
 * made of there: a range of a storage, sizes and strides. All others stay {@link Pickle.Stranger}s.
 */
final class PyTorchTensors implements Pickle.Builder {
  private static final Map<String, DataType> STORAGES =
      Map.of(
          "DoubleStorage", DataType.F64,
          "FloatStorage", DataType.F32,
          "HalfStorage", DataType.F16,
          "BFloat16Storage", DataType.BF16,
          "LongStorage", DataType.I64,
          "IntStorage", DataType.I32,
          "ShortStorage", DataType.I16,
          "CharStorage", DataType.I8,
          "ByteStorage", DataType.U8,
          "BoolStorage", DataType.BOOL);

  private final Map<String, DataType> types = new LinkedHashMap<>();

  /** Some numbers of a storage, which may share its place with others. */
  record Storage(DataType type, String key, long begin, long count) {}

  /** A tensor as its pickle describes it. */
  record View(Storage storage, long offset, long[] shape, long[] strides) {
    View {
      if (shape.length != strides.length || offset < 0) {
        throw new IllegalArgumentException("expected a stride for each size of a tensor");
      }
      long last = offset;
      for (int i = 0; i < shape.length; i++) {
        if (shape[i] < 0 || strides[i] < 0) {
          throw new IllegalArgumentException("expected sizes and strides of 0 or more");
        }
        last = Math.addExact(last, Math.multiplyExact(Math.max(0, shape[i] - 1), strides[i]));
      }
      // One value repeated without end is a valid tensor of Python's, and none of a network.
      long count = TensorData.count(shape);
      if (count > storage.count() || count > 0 && last >= storage.count()) {
        throw new IllegalArgumentException(
            "expected tensors within their storage of "
                + storage.count()
                + " numbers, got "
                + count
                + " as far as number "
                + last);
      }
    }

    private boolean isRowMajor() {
      long step = 1;
      for (int i = shape.length - 1; i >= 0; i--) {
        if (shape[i] != 1 && strides[i] != step) {
          return false;
        }
        step *= shape[i];
      }
      return true;
    }

    /** Numbers from the first to the last. */
    private int span() {
      long span = 1;
      for (int i = 0; i < shape.length; i++) {
        span += (shape[i] - 1) * strides[i];
      }
      return Math.toIntExact(Math.multiplyExact(span, storage.type().bytes()));
    }

    /** Its bytes, row-major, of those of its span. */
    private byte[] gather(byte[] span) {
      int width = storage.type().bytes();
      byte[] out = new byte[Math.toIntExact(TensorData.count(shape) * width)];
      long[] index = new long[shape.length];
      for (int at = 0; at < out.length; at += width) {
        long from = 0;
        for (int i = 0; i < index.length; i++) {
          from += index[i] * strides[i];
        }
        System.arraycopy(span, (int) from * width, out, at, width);
        for (int i = index.length - 1; i >= 0 && ++index[i] == shape[i]; i--) {
          index[i] = 0;
        }
      }
      return out;
    }
  }

  /** The bytes of a storage in a file. */
  interface Section {
    /** How many there are. */
    long bytes();

    /** Opens what begins with one of them. */
    InputStream open(long from) throws IOException;
  }

  /** The type of a storage's numbers. */
  Optional<DataType> type(String key) {
    return Optional.ofNullable(types.get(key));
  }

  @Override
  public Object persistent(Object id) {
    if (id instanceof Pickle.Tuple tuple
        && tuple.items().size() >= 5
        && "storage".equals(tuple.items().get(0))
        && tuple.items().get(1) instanceof Pickle.Global global
        && global.module().startsWith("torch")
        && STORAGES.containsKey(global.name())
        && tuple.items().get(2) instanceof String key
        && tuple.items().get(4) instanceof Long count) {
      DataType type = STORAGES.get(global.name());
      types.put(key, type);
      Object view = tuple.items().size() > 5 ? tuple.items().get(5) : null;
      return view instanceof Pickle.Tuple part && part.items().size() == 3
          ? new Storage(type, key, whole(part.items().get(1)), whole(part.items().get(2)))
          : new Storage(type, key, 0, count);
    }
    return new Pickle.Stranger(new Pickle.Global("torch", "Storage"));
  }

  @Override
  public Object call(Pickle.Global function, List<Object> arguments) {
    return switch (function.toString()) {
      case "collections.OrderedDict" -> new LinkedHashMap<>();
      case "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2" ->
          tensor(function, arguments);
      case "torch._utils._rebuild_parameter" -> first(function, arguments);
      default -> new Pickle.Stranger(function);
    };
  }

  private static Object first(Pickle.Global function, List<Object> arguments) {
    return arguments.isEmpty() ? new Pickle.Stranger(function) : arguments.get(0);
  }

  private static Object tensor(Pickle.Global function, List<Object> arguments) {
    if (arguments.size() < 4 || !(arguments.get(0) instanceof Storage storage)) {
      return new Pickle.Stranger(function);
    }
    try {
      return new View(
          storage, whole(arguments.get(1)), wholes(arguments.get(2)), wholes(arguments.get(3)));
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("expected tensors of less than 2^63 numbers", e);
    }
  }

  private static long whole(Object value) {
    if (value instanceof Long number && number >= 0) {
      return number;
    }
    throw new IllegalArgumentException("expected a whole number of 0 or more for a tensor");
  }

  private static long[] wholes(Object value) {
    if (value instanceof Pickle.Tuple tuple) {
      return tuple.items().stream().mapToLong(PyTorchTensors::whole).toArray();
    }
    throw new IllegalArgumentException("expected a tuple of sizes for a tensor");
  }

  /**
   * The tensors of a state_dict; what is none is left out.
   *
   * @param state by name
   * @param sections where storages are, by their keys; empty where one is missing
   */
  static StateDict read(
      String file, Map<?, ?> state, Function<String, Optional<Section>> sections) {
    Map<String, TensorData> tensors = new LinkedHashMap<>();
    for (Map.Entry<?, ?> entry : state.entrySet()) {
      if (entry.getKey() instanceof String name && entry.getValue() instanceof View view) {
        tensors.put(name, data(file + ": " + Excerpt.of(name), view, sections));
      }
    }
    return new StateDict(tensors, Map.of());
  }

  private static TensorData data(
      String place, View view, Function<String, Optional<Section>> sections) {
    Storage storage = view.storage();
    Section section =
        sections
            .apply(storage.key())
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "expected the numbers of storage "
                            + Excerpt.of(storage.key())
                            + ", got none"));
    int width = storage.type().bytes();
    if (storage.begin() + storage.count() < 0
        || storage.begin() + storage.count() > section.bytes() / width) {
      throw new IllegalArgumentException(
          "storage "
              + Excerpt.of(storage.key())
              + ": expected "
              + storage.count()
              + " numbers, got "
              + section.bytes() / width);
    }
    long begin = (storage.begin() + view.offset()) * width;
    return TensorData.stored(
        storage.type(),
        view.shape(),
        place,
        () ->
            view.isRowMajor()
                ? Channels.newChannel(section.open(begin))
                : gathered(view, section, begin));
  }

  private static ReadableByteChannel gathered(View view, Section section, long begin)
      throws IOException {
    try (InputStream in = section.open(begin)) {
      byte[] span = in.readNBytes(view.span());
      if (span.length < view.span()) {
        throw new IllegalArgumentException("the file became shorter while it was read");
      }
      return Channels.newChannel(new ByteArrayInputStream(view.gather(span)));
    }
  }

  /** Names of what a dictionary has, for messages. */
  static String names(Map<?, ?> map) {
    List<String> names = new ArrayList<>();
    map.keySet().stream().limit(10).forEach(key -> names.add(String.valueOf(key)));
    return Excerpt.of(String.join(", ", names));
  }
}
