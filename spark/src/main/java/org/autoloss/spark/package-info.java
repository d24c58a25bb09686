/**
 * Trains the candidates of a search on the executors of an Apache Spark cluster: one Spark job of
 * one task for each trial.
 */
package org.autoloss.spark;
