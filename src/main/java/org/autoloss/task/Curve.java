package org.autoloss.task;

/**
 * A line of a chart that shows what a network is worth, such as precision over recall.
 *
 * @param chart the chart's title; lines of several losses share the chart
 * @param x what the horizontal axis is, from 0 to 1
 * @param y what the vertical axis is, from 0 to 1
 * @param xs along the horizontal axis, ascending
 * @param ys as many along the vertical one
 */
public record Curve(String chart, String x, String y, double[] xs, double[] ys) {}
