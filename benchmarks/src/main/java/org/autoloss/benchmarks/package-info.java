/** JMH benchmarks: our operations beside libtorch's, in the same process. */
package org.autoloss.benchmarks;
