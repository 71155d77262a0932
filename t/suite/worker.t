#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Workers do what they are told, once, and by nobody but their own test.
# shellcheck source=/dev/null
. "$(dirname "$0")/../tap.sh"

KSFT_DIR=${KSFT_DIR:-$("$TOP/runner/harness.sh")} || exit 1
mkdir "$TMP/src"
cp "$TOP"/Makefile "$TOP"/*.h "$TOP"/{describe,environment,worker}.c "$TMP/src"
cp "$TOP/t/suite/worker_check.c" "$TMP/src/worker_check_test.c"
run make -C "$TMP/src" KSFT_DIR="$KSFT_DIR" TEST_GEN_PROGS=worker_check_test
check "the program builds" exited 0
run "$TMP/src/worker_check_test"
check "those of one test take no orders of the next" exited 0
finish
