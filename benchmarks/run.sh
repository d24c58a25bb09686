#!/usr/bin/env bash
# Builds the library and its benchmarks and runs those that match: benchmarks/run.sh [REGEX [JMH OPTIONS...]]
# Results go to benchmarks/results/<REGEX>.json; close other programs first.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

mvn -B -q install -DskipTests -Dmaven.javadoc.skip=true
mvn -B -q -f benchmarks/pom.xml package

export OPENBLAS_NUM_THREADS=1                      # its own threads would spin against those that are measured
export MALLOC_MMAP_THRESHOLD_=1073741824           # for all sides alike: large blocks are kept, not mapped afresh
export MALLOC_TRIM_THRESHOLD_=4294967296
NAME="${1:-all}"
exec java -jar benchmarks/target/benchmarks.jar "${1:-.*}" -rf json -rff "benchmarks/results/$NAME.json" "${@:2}"
