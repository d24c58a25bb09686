/** The networks that the library brings. */
package org.autoloss.nn.models;
