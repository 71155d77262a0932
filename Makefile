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
CFLAGS += -D_GNU_SOURCE= -I$(KSFT_DIR) $(KHDR_INCLUDES)
# Symbols are bound once, and not again in the child of each test.
LDFLAGS += -Wl,-z,now

TEST_GEN_PROGS := kcmp_test file_test epoll_test clone_test unshare_test perm_test lsm_test compat_test observe_test model_test stress_test
LOCAL_HDRS += describe.h environment.h epoll_tfd.h fd_passing.h kcmp.h
LOCAL_HDRS += kcmp_harness.h model.h model_check.h model_ops.h namespace.h
LOCAL_HDRS += ptrace_access.h sharing.h worker.h
# What the programs share, and what model_test is made of.
SHARED := describe environment namespace ptrace_access sharing worker
MODEL := model model_check model_creds model_files model_machine model_ops
MODEL += model_questions model_tasks

include $(KSFT_DIR)/lib.mk

SHARED_OBJECTS := $(SHARED:%=$(OUTPUT)/%.o)
MODEL_OBJECTS := $(MODEL:%=$(OUTPUT)/%.o)
EXTRA_CLEAN += $(SHARED_OBJECTS) $(MODEL_OBJECTS)

$(SHARED_OBJECTS) $(MODEL_OBJECTS): $(OUTPUT)/%.o: %.c $(LOCAL_HDRS)
	$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(TEST_GEN_PROGS): $(SHARED_OBJECTS)
$(OUTPUT)/model_test: $(MODEL_OBJECTS)

-include proof/project.mk
