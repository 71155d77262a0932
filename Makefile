# SPDX-License-Identifier: GPL-2.0
# In a kernel tree the harness is next door; elsewhere runner/harness.sh finds it.
ifneq ($(wildcard ../lib.mk),)
KSFT_DIR ?= ..
endif
KSFT_DIR := $(or $(KSFT_DIR),$(shell runner/harness.sh))
$(if $(KSFT_DIR),,$(error no kselftest harness))

CFLAGS += -Wall -Wextra -Wno-unused-parameter -g -pthread
CFLAGS += -I$(KSFT_DIR) $(KHDR_INCLUDES)

TEST_GEN_PROGS := kcmp_test file_test epoll_test clone_test perm_test observe_test stress_test
LOCAL_HDRS += describe.h environment.h fd_passing.h kcmp.h kcmp_harness.h worker.h

include $(KSFT_DIR)/lib.mk
$(TEST_GEN_PROGS): describe.c environment.c worker.c
-include proof/project.mk
