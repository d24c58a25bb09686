/** The command line: one class per command, nothing but options, progress and printing. */
package org.autoloss.cli;
