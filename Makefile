# SPDX-License-Identifier: GPL-2.0
# In a kernel tree the harness is next door; elsewhere runner/harness.sh finds it.
ifneq ($(wildcard ../lib.mk),)
KSFT_DIR ?= ..
endif
KSFT_DIR := $(or $(KSFT_DIR),$(shell runner/harness.sh))
$(if $(KSFT_DIR),,$(error no kselftest harness))

CFLAGS += -Wall -Wextra -g -pthread
# For the harness before Linux 7, and its casts of pointers on 32-bit machines.
CFLAGS += -Wno-unused-parameter -Wno-pointer-to-int-cast
CFLAGS += -I$(KSFT_DIR) $(KHDR_INCLUDES)

TEST_GEN_PROGS := kcmp_test epoll_test clone_test perm_test compat_test model_test stress_test
LOCAL_HDRS += describe.h environment.h kcmp.h kcmp_harness.h model.h model_check.h model_ops.h worker.h

include $(KSFT_DIR)/lib.mk
$(TEST_GEN_PROGS): describe.c environment.c worker.c
$(OUTPUT)/model_test: model.c model_check.c model_creds.c model_files.c model_machine.c \
	model_ops.c model_questions.c model_tasks.c
-include proof/project.mk
