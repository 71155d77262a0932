#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A sample of "make check-surroundings".
exec "$(dirname "$0")/../../proof/surroundings.sh" -s 36
