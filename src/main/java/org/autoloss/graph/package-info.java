/**
 * Loss graphs of AutoLoss-Zero (Li et al., CVPR 2022, arXiv 2103.14026): losses made of primitive
 * operators.
 *
 * <p>{@link org.autoloss.graph.Operator} is the table of operators, {@link
 * org.autoloss.graph.LossGraph} the graph; {@link org.autoloss.graph.GraphGenerator} and {@link
 * org.autoloss.graph.Mutation} make new ones, {@link org.autoloss.graph.CanonicalForm} recognises
 * equal ones. {@link org.autoloss.graph.GraphLoss} puts a graph into a training loop; {@link
 * org.autoloss.graph.RejectionProtocol} judges many graphs at once without a network. What runs
 * native has a plain-Java double in this package: the reference of the tests.
 */
package org.autoloss.graph;
