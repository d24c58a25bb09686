package org.autoloss.task;

import com.fasterxml.jackson.databind.node.ObjectNode;

class TwoBranchTaskTest extends TaskContract {
  @Override
  protected Task task() {
    return new TwoBranchTask();
  }

  @Override
  protected Task reopen(ObjectNode json) {
    return new TwoBranchTask();
  }
}
