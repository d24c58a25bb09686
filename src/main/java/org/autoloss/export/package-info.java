/**
 * A found loss in other languages: a PyTorch module that needs nothing else, and LaTeX. Knows
 * losses, surrogates and graphs, and no files.
 */
package org.autoloss.export;
