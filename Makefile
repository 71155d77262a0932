# SPDX-License-Identifier: GPL-2.0
# In a kernel tree the harness is next door; elsewhere runner/harness.sh finds it.
ifneq ($(wildcard ../lib.mk),)
KSFT_DIR ?= ..
endif
KSFT_DIR := $(or $(KSFT_DIR),$(shell runner/harness.sh))
$(if $(KSFT_DIR),,$(error no kselftest harness))

CFLAGS += -Wall -Wextra -Wno-unused-parameter -g -pthread
CFLAGS += -I$(KSFT_DIR) $(KHDR_INCLUDES)

TEST_GEN_PROGS := kcmp_test epoll_test clone_test perm_test stress_test
LOCAL_HDRS += describe.h kcmp.h kcmp_harness.h ptrace_access.h worker.h

include $(KSFT_DIR)/lib.mk
-include proof/project.mk
