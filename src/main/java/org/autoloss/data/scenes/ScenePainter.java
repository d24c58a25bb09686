package org.autoloss.data.scenes;

/** Paints the scenes of a family. */
interface ScenePainter {
  /**
   * Paints one scene.
   *
   * @param brush where to paint, and what is random about it
   * @param classes how many classes may occur, the background among them
   * @param wanted a class that must be painted, though it may end up hidden; 0 for none
   */
  void paint(Brush brush, int classes, int wanted);
}
