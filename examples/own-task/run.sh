#!/usr/bin/env bash
# Searches losses for the example's task: from Java, and by the command line with the example as a plugin.
# The library must be installed (mvn install). All that it makes lies in target.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
RUNS=examples/own-task/target/runs
rm -rf "$RUNS"

mvn -B -ntp -q -f examples/own-task/pom.xml compile exec:java -Dexec.args="$RUNS/java"

export AUTOLOSS_PLUGINS=examples/own-task/target/classes
QUICK="--warm-steps 100 --proxy-steps 60 --final-steps 150 --top 2 --seeds 2 --out $RUNS"
# shellcheck disable=SC2086 # QUICK holds several options
{
./autoloss search random --task shapes --metric mAcc --steps 2 --samples 6 $QUICK
./autoloss search asl --task shapes --metric mAcc --steps 2 --samples 6 $QUICK
./autoloss search zero --task shapes --metric worstRecall --proxies 40 $QUICK
}
./autoloss report "$RUNS/zero-worstrecall-0"
./autoloss train --task shapes --network pooled:width=4 --loss poly:epsilon=2 --out "$RUNS/net.ckpt"
./autoloss eval --task shapes --checkpoint "$RUNS/net.ckpt"
./autoloss loss probe poly:epsilon=2
./autoloss table --task shapes --loss 'ce;poly;dice' --out "$RUNS/table"
