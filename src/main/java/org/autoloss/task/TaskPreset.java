package org.autoloss.task;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * What a task's searches and tables have under the name of a preset, where no option says
 * otherwise.
 *
 * @param settings of the task, as {@link TaskFactory#open} takes them
 * @param weights of which network trainings begin with, such as {@code ResNet-50}; empty for fresh
 *     ones
 * @param warmSteps of the warm start; 0 for none
 * @param proxySteps of each proxy training of a search
 * @param finalSteps of each training that confirms what a search has found
 * @param tableSteps of each training of a table
 */
public record TaskPreset(
    ObjectNode settings,
    String weights,
    int warmSteps,
    int proxySteps,
    int finalSteps,
    int tableSteps) {}
