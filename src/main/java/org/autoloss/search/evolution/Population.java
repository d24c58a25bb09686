package org.autoloss.search.evolution;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.random.RandomGenerator;

/** The newest individuals (Real et al., "Regularized evolution", AAAI 2019: ageing). */
final class Population {
  private final int capacity;
  private final double share;
  private final Deque<Individual> members = new ArrayDeque<>();

  Population(int capacity, double share) {
    this.capacity = capacity;
    this.share = share;
  }

  /** Adds the youngest member; the oldest one leaves if there is no room. */
  void add(Individual individual) {
    members.addLast(individual);
    if (members.size() > capacity) {
      members.removeFirst();
    }
  }

  boolean isEmpty() {
    return members.isEmpty();
  }

  /** The members as they are now, in the order of age. */
  List<Individual> snapshot() {
    return new ArrayList<>(members);
  }

  /** The best of a random share of a snapshot; the older one of equals. */
  Individual tournament(List<Individual> snapshot, RandomGenerator random) {
    int entrants = Math.max(1, (int) Math.round(share * snapshot.size()));
    Individual best = null;
    for (int i = 0; i < entrants; i++) {
      Individual entrant = snapshot.get(random.nextInt(snapshot.size()));
      if (best == null
          || entrant.score() > best.score()
          || (entrant.score() == best.score() && entrant.id() < best.id())) {
        best = entrant;
      }
    }
    return best;
  }
}
