/**
 * What losses compete on. A {@link org.autoloss.task.Task} joins data, a network, its branches and
 * metrics; each kind of task has a package of its own below this one.
 */
package org.autoloss.task;
