/**
 * The search of Auto Seg-Loss: PPO2 over the parameters of a surrogate, as points of {@code
 * [0,1]^D}.
 *
 * <p>Li et al., "Auto Seg-Loss: Searching metric surrogates for semantic segmentation", ICLR 2021,
 * section 3.3 and appendix A.
 */
package org.autoloss.search.ppo;
