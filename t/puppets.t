#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Puppets do what they are told, once, and by nobody but their own test.
# shellcheck source=/dev/null
. "$(dirname "$0")/tap.sh"

KSFT_DIR=${KSFT_DIR:-$("$TOP/t/harness.sh")} || exit 1
mkdir "$TMP/src"
cp "$TOP"/Makefile "$TOP"/*.h "$TMP/src"
cp "$TOP/t/puppets.c" "$TMP/src/puppets_test.c"
run make -C "$TMP/src" KSFT_DIR="$KSFT_DIR" TEST_GEN_PROGS=puppets_test
check "the program builds" exited 0
run "$TMP/src/puppets_test"
check "those of one test take no orders of the next" exited 0
finish
