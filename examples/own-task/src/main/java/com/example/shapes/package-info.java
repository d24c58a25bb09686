/**
 * A task of one's own: pictures of one shape each, to be told apart. Three of four are discs, one
 * in thirty is a cross, so that cross entropy neglects the crosses.
 */
package com.example.shapes;
