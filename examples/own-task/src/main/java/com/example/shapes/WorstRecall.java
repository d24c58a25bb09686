package com.example.shapes;

import org.autoloss.metric.Metric;

/** The metric: of each class the share of pictures that are recognised; of these the smallest. */
enum WorstRecall implements Metric {
  METRIC;

  @Override
  public String label() {
    return "worstRecall";
  }
}
