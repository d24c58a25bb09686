/** The configuration of JavaCPP. */
package org.autoloss.presets;
