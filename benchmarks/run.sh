#!/usr/bin/env bash
# Builds the library and its benchmarks and runs those that match: benchmarks/run.sh [--rounds N] [REGEX [JMH OPTIONS...]]
# With --rounds each is run once, then all again, N times, and ratios within the rounds are printed (benchmarks of losses).
# benchmarks/run.sh --turns N SIZE LOSS... takes steps of losses in turns, in one warm process: for small tensors.
# Results of the first two go to benchmarks/results/<REGEX>.json, or where -rff says; close other programs first.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

mvn -B -q install -DskipTests -Dmaven.javadoc.skip=true
mvn -B -q -f benchmarks/pom.xml package

export OPENBLAS_NUM_THREADS=1                      # its own threads would spin against those that are measured
export MALLOC_MMAP_THRESHOLD_=1073741824           # for all sides alike: large blocks are kept, not mapped afresh
export MALLOC_TRIM_THRESHOLD_=4294967296
if [ "${1:-}" = --turns ]; then
  exec java -XX:+AlwaysPreTouch -cp benchmarks/target/benchmarks.jar org.autoloss.benchmarks.Turns "${@:2}"
fi
MAIN=org.openjdk.jmh.Main
if [ "${1:-}" = --rounds ]; then
  MAIN="org.autoloss.benchmarks.Rounds $2"
  shift 2
fi
ARGUMENTS=("${1:-.*}" -rf json "${@:2}")
[[ " $* " = *" -rff "* ]] || ARGUMENTS+=(-rff "benchmarks/results/${1:-all}.json")
# shellcheck disable=SC2086 # a class, and the number that it takes
exec java -cp benchmarks/target/benchmarks.jar $MAIN "${ARGUMENTS[@]}"
