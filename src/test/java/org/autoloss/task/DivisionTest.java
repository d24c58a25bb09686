package org.autoloss.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The reward split in parts: folds for the scores, and the end for the confirmation. */
class DivisionTest {
  private static final Task TEN =
      new ListTask(ToyTask.USUAL, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0);

  private static double measure(Task task, Split split) {
    try (TaskModel model = task.begin(Split.TRAIN, 1)) {
      return model.evaluate(split).value(SegmentationMetric.MACC);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {7, 33, 129, 1000})
  void folds_anySize_haveEachSampleOnce(int size) {
    for (int count : new int[] {1, 2, 3, 5, 7}) {
      List<Range> parts = new ArrayList<>(new Range(0, 0.7).folds(count));
      parts.add(new Range(0.7, 1));
      int next = 0;
      for (Range part : parts) {
        assertThat(part.first(size)).isEqualTo(next);
        next = part.end(size);
      }
      assertThat(next).isEqualTo(size);
    }
  }

  @Test
  void apply_confirmShare_measuresTheEndOnItsOwn() {
    Task divided = new Division(0.3, 1, FoldScore.MEAN).apply(TEN);
    assertThat(measure(divided, Split.REWARD)).isCloseTo(0.4, within(1e-12)); // 0.1 to 0.7
    assertThat(measure(divided, Split.CONFIRM)).isCloseTo(0.9, within(1e-12)); // 0.8 to 1
    assertThat(measure(divided, Split.TEST)).isEqualTo(measure(TEN, Split.TEST));
  }

  @Test
  void apply_folds_scoresByMeanLeastOrMeanLessItsError() {
    // folds of 5: means 0.3 and 0.8, standard error 0.25
    assertThat(measure(new Division(0, 2, FoldScore.MEAN).apply(TEN), Split.REWARD))
        .isCloseTo(0.55, within(1e-12));
    assertThat(measure(new Division(0, 2, FoldScore.LEAST).apply(TEN), Split.REWARD))
        .isCloseTo(0.3, within(1e-12));
    assertThat(measure(new Division(0, 2, FoldScore.MEAN_MINUS_ERROR).apply(TEN), Split.REWARD))
        .isCloseTo(0.3, within(1e-12));
  }

  @Test
  void score_foldWithoutAValue_doesNotCount() {
    List<Double> folds = List.of(0.2, Double.NaN, 0.4);
    assertThat(FoldScore.MEAN.of(folds)).isCloseTo(0.3, within(1e-12));
    assertThat(FoldScore.LEAST.of(folds)).isEqualTo(0.2);
    assertThat(FoldScore.MEAN_MINUS_ERROR.of(folds)).isCloseTo(0.2, within(1e-12));
    assertThat(FoldScore.MEAN.of(List.of(Double.NaN))).isNaN();
    assertThat(FoldScore.MEAN_MINUS_ERROR.of(List.of(0.2))).isEqualTo(0.2);
  }

  /** A method with a default that is not handed on would silently be that of no task. */
  @Test
  void dividedTaskAndModel_handOnEveryMethod() throws NoSuchMethodException {
    List<String> derived = List.of("samples", "branchInputs", "branchNames");
    for (Method method : Task.class.getMethods()) {
      if (!derived.contains(method.getName())) {
        DividedTask.class.getDeclaredMethod(method.getName(), method.getParameterTypes());
      }
    }
    for (Method method : TaskModel.class.getMethods()) {
      List<Class<?>> parameters = List.of(method.getParameterTypes());
      if (!parameters.equals(List.of(Split.class, Range.class))) {
        DividedModel.class.getDeclaredMethod(method.getName(), method.getParameterTypes());
      }
    }
  }

  @Test
  void toJson_divided_namesTheDivision() {
    Division division = new Division(0.25, 3, FoldScore.LEAST);
    ObjectNode json = division.apply(TEN).toJson();
    assertThat(Division.of(json)).isEqualTo(division);
    assertThat(Division.of(TEN.toJson())).isEqualTo(Division.NONE);
    assertThat(Division.NONE.apply(TEN)).isSameAs(TEN);
  }

  @Test
  void apply_wholeListsOrTooFewSamples_saysWhatToDo() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Division(0.3, 1, FoldScore.MEAN).apply(ToyTask.USUAL))
        .withMessageContaining("expected a task that measures parts of a list")
        .withMessageContaining("give --confirm-split another list");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Division(0.3, 11, FoldScore.MEAN).apply(TEN))
        .withMessageContaining("expected a sample in each of 12 parts, got 10 samples in all");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FoldScore.of("worst"))
        .withMessage("fold score: expected one of mean, least, mean-minus-error, got 'worst'");
  }
}
