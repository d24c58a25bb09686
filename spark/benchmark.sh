#!/usr/bin/env bash
# spark/benchmark.sh NAME [ARGUMENTS]: runs NAMEBenchmark, after mvn -f spark/pom.xml package.
set -euo pipefail
HERE="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)" # executors begin in a folder of their own
export SPARK_LOCAL_IP=127.0.0.1 OPENBLAS_NUM_THREADS=1
exec java -Xmx512m -Djava.awt.headless=true -cp "$HERE/target/test-classes:$HERE/target/home/jars/*" "org.autoloss.spark.$1Benchmark" "${@:2}"
