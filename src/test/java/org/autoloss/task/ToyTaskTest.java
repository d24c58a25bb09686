package org.autoloss.task;

import com.fasterxml.jackson.databind.node.ObjectNode;

class ToyTaskTest extends TaskContract {
  @Override
  protected Task task() {
    return ToyTask.USUAL;
  }

  @Override
  protected Task reopen(ObjectNode json) {
    return new ToyTask(ToyTask.USUAL.rate(), json.path("sha256").asText());
  }
}
