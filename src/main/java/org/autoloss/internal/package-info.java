/** What the library uses inside and users must not import. */
package org.autoloss.internal;
