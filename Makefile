# Build, test and install berth.  "make help" lists the targets.

VERSION := $(shell sed -n 's/^.define BERTH_VERSION_STRING *"\(.*\)"/\1/p' lib/berth.h)

PREFIX       ?= /usr/local
BINDIR       ?= $(PREFIX)/bin
LIBDIR       ?= $(PREFIX)/lib
INCLUDEDIR   ?= $(PREFIX)/include
MANDIR       ?= $(PREFIX)/share/man
PKGCONFIGDIR ?= $(LIBDIR)/pkgconfig
BASHCOMPDIR  ?= $(PREFIX)/share/bash-completion/completions
ZSHCOMPDIR   ?= $(PREFIX)/share/zsh/site-functions
FISHCOMPDIR  ?= $(PREFIX)/share/fish/vendor_completions.d
INSTALL      ?= install

CC      ?= cc
MACHINE := $(shell $(CC) -dumpmachine)
ARCH    := $(patsubst arm64,aarch64,$(firstword $(subst -, ,$(MACHINE))))
LINUX   := $(findstring linux,$(MACHINE))
MACOS   := $(or $(findstring darwin,$(MACHINE)),$(findstring macos,$(MACHINE)))

# For another machine than this one, such as CC=aarch64-linux-gnu-gcc: its libraries.
PKG_CONFIG ?= $(if $(filter $(ARCH),$(patsubst arm64,aarch64,$(patsubst amd64,x86_64,$(shell uname -m)))),,PKG_CONFIG_LIBDIR=/usr/lib/$(MACHINE)/pkgconfig:/usr/share/pkgconfig) pkg-config

# The model linked into the program; BUILTIN= links in none.
BUILTIN ?= models/berth-mini

# berth pull needs libcurl; LIBCURL= builds without. A static program cannot load it.
LIBCURL ?= $(if $(findstring -static,$(LDFLAGS)),,$(shell $(PKG_CONFIG) --exists libcurl && echo libcurl))

CFLAGS  ?= -O2 -g
BUILD   ?= build

# A line for each file, "  CC build/lib/cpu.o"; V=1 shows whole commands, -s nothing.
Q := $(if $(V),,@)
ifeq ($(V)$(findstring s,$(firstword -$(MAKEFLAGS))),)
say = @printf '  %-5s %s\n' '$(1)' '$@'
endif

# -ffp-contract=off: one source gives one result; FMA is only ever asked for by intrinsics.
WARN := -Wall -Wextra -Wpedantic -Wshadow -Wundef -Wvla -Wcast-qual -Wpointer-arith \
        -Wwrite-strings -Wformat=2 -Wdouble-promotion -Wstrict-prototypes \
        -Wmissing-prototypes -Wimplicit-fallthrough
PKGS := libutf8proc jansson zlib
PKG_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(PKGS) $(LIBCURL))
PKG_LIBS := $(shell $(PKG_CONFIG) --libs $(PKGS))
# The words of Japanese BERT, where libmecab's header is there; MECAB= leaves it out.
MECAB_CONFIG ?= mecab-config
MECAB ?= $(shell $(MECAB_CONFIG) --version 2>/dev/null)
ifneq ($(MECAB),)
MECAB_CFLAGS := -DBERTH_MECAB -isystem $(shell $(MECAB_CONFIG) --inc-dir)
MECAB_LIBS := -ldl
endif
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -I. -ffp-contract=off -pthread \
             $(if $(LINUX),,-include lib/not_linux.h) -fPIC -fvisibility=hidden $(WARN) $(if $(WERROR),-Werror) $(SAN_FLAGS) $(HARDEN) \
             $(PKG_CFLAGS) $(MECAB_CFLAGS) \
             $(CPPFLAGS) $(CFLAGS)
LINK = $(CC) $(SAN_FLAGS) $(HARDEN_LINK) $(LDFLAGS)
LIBS = $(PKG_LIBS) $(MECAB_LIBS) -lm -pthread \
       $(if $(LIBCURL),-ldl)

# SAN=address,undefined (or thread, memory) builds apart, in build-address-undefined.
comma := ,
ifneq ($(SAN),)
SAN_FLAGS := -fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer
override BUILD := $(BUILD)-$(subst $(comma),-,$(SAN))
# Most of the tests' time goes here, 30 times as slow at -O1 as without a sanitizer.
$(BUILD)/lib/kernels/%.o: OPT := -O2
endif

# Hardening, as far as this compiler has it; HARDEN= and HARDEN_LINK= leave it out. A flag
# that clashes with CPPFLAGS or CFLAGS (-O0, a _FORTIFY_SOURCE of its own) is left out, too.
ifeq ($(SAN),)
first_of = $(firstword $(foreach f,$(1),$(if $(shell $(CC) -Werror $(f) $(CPPFLAGS) $(CFLAGS) \
           -include stdio.h -x c -c -o /dev/null /dev/null 2>/dev/null && echo ok),$(f))))
ifeq ($(origin HARDEN),undefined)
HARDEN := $(call first_of,-fstack-protector-strong) $(call first_of,-fcf-protection) \
          $(call first_of,-D_FORTIFY_SOURCE=3 -D_FORTIFY_SOURCE=2)
endif
HARDEN_LINK ?= $(if $(MACOS),,-Wl,-z,relro,-z,now)
endif

KERNELS_x86_64 := $(foreach i,avx2 avx2vnni avx512 avx512vnni amx,$(wildcard lib/kernels/*_$(i).c))
KERNELS_aarch64 := $(wildcard lib/kernels/*_dotprod.c)
KERNELS_ALL    := $(KERNELS_x86_64) $(KERNELS_aarch64)

LIB_SRC := $(filter-out $(KERNELS_ALL),$(wildcard lib/*.c lib/kernels/*.c tokenizer/*.c tokenizer/*/*.c models/*.c models/*/*.c)) $(KERNELS_$(ARCH))
CLI_SRC := $(filter-out $(if $(LIBCURL),cli/hub/without_libcurl.c,cli/hub/libcurl.c cli/hub/http.c),$(wildcard cli/*.c cli/*/*.c))
TEST_SRC := $(wildcard tests/unit/test_*.c tests/kernels/check_*.c tests/encoder/test_*.c)
PEAK_SRC := $(wildcard bench/peak_*.c)
FUZZ    := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/fuzz/fuzz_*.c))
UNIT    := $(patsubst %.c,$(BUILD)/%,$(TEST_SRC))
MAN1    := $(wildcard man/*.1)
MAN3    := $(wildcard man/*.3)
MAN7    := $(wildcard man/*.7)
obj      = $(patsubst %.c,$(BUILD)/%.o,$(1))
CLI_OBJ := $(call obj,$(CLI_SRC)) $(BUILD)/view.o

# The shared library; not where sanitizers leave symbols open or nothing is shared.
SONAME  := $(if $(MACOS),libberth.0.dylib,libberth.so.0)
DEVNAME := $(if $(MACOS),libberth.dylib,libberth.so)
SHARED_FLAGS := $(if $(MACOS),-dynamiclib -install_name $(LIBDIR)/$(SONAME),-shared -Wl,-soname,$(SONAME) \
                -Wl,--version-script=lib/berth.map -Wl,--no-undefined)
SHARED  := $(if $(SAN)$(findstring -static,$(LDFLAGS)),,$(BUILD)/$(SONAME))

all: $(BUILD)/libberth.a $(SHARED) $(BUILD)/berth  ## build the libraries and the program

# The suffix of a kernel file names the instruction set it may use, and nothing else does.
# _vector is what every CPU has; fma_() of this one is what the compiler fuses.
$(BUILD)/lib/kernels/gemm_float_vector.o: ISA := -ffp-contract=fast
$(BUILD)/%_avx2.o:       ISA := -mavx2 -mfma -mf16c
$(BUILD)/%_avx2vnni.o:   ISA := -mavx2 -mfma -mf16c -mavxvnni
$(BUILD)/%_avx512.o:     ISA := -mavx512f -mavx512bw -mavx512vl -mavx512dq -mfma -mf16c -mprefer-vector-width=512
$(BUILD)/%_avx512vnni.o: ISA := -mavx512f -mavx512bw -mavx512vl -mavx512dq -mavx512vnni -mfma -mf16c -mprefer-vector-width=512
$(BUILD)/%_avx512bf16.o: ISA := -mavx512f -mavx512bf16 -mprefer-vector-width=512
$(BUILD)/%_dotprod.o:    ISA := -march=armv8.2-a+dotprod
$(BUILD)/%_amx.o:        ISA := -mavx512f -mavx512bw -mavx512vl -mavx512dq -mavx512vnni -mavx512bf16 -mamx-tile -mamx-int8 -mamx-bf16 -mfma -mf16c -mprefer-vector-width=512

# Changed flags rebuild everything: the stamp is rewritten only when its text differs.
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(ALL_CFLAGS) $(LIBCURL)' | cmp -s - $@ || echo '$(CC) $(ALL_CFLAGS) $(LIBCURL)' > $@

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) $(OPT) $(ISA) -MMD -MP -c -o $@ $<

# The built-in model: rebuilt when another folder is named or a file in it changes.
$(BUILD)/builtin.name: FORCE
	@mkdir -p $(@D)
	@echo '$(BUILTIN)' | cmp -s - $@ || echo '$(BUILTIN)' > $@
$(BUILD)/builtin.S: models/builtin.sh $(BUILD)/builtin.name $(if $(BUILTIN),$(shell find $(BUILTIN) -type f))
	$(call say,MODEL)
	$(Q)sh models/builtin.sh '$(BUILTIN)' > $@.part && mv $@.part $@
$(BUILD)/builtin.o: $(BUILD)/builtin.S lib/embed.inc $(BUILD)/flags
	$(call say,AS)
	$(Q)$(CC) $(HARDEN) $(CFLAGS) -I. -c -o $@ $<

# The page that "berth view" writes, linked into the program as it is.
PAGE := cli/inside/page/page.html cli/inside/page/page.css cli/inside/page/page.js
$(BUILD)/view.html: $(PAGE)
	@mkdir -p $(@D)
	$(call say,PAGE)
	$(Q)sed -e '/^@STYLE@$$/{r cli/inside/page/page.css' -e 'd' -e '}' \
	    -e '/^@SCRIPT@$$/{r cli/inside/page/page.js' -e 'd' -e '}' cli/inside/page/page.html > $@.part && mv $@.part $@
$(BUILD)/view.o: cli/inside/page/page.S lib/embed.inc $(BUILD)/view.html $(BUILD)/flags
	$(call say,AS)
	$(Q)$(CC) $(HARDEN) $(CFLAGS) -I. -Wa,-I$(BUILD) -c -o $@ $<

$(BUILD)/libberth.a: $(call obj,$(LIB_SRC)) $(BUILD)/builtin.o
	$(call say,AR)
	$(Q)$(RM) $@ && $(AR) rcs $@ $^

$(BUILD)/$(SONAME): $(call obj,$(LIB_SRC)) $(BUILD)/builtin.o lib/berth.map
	$(call say,LD)
	$(Q)$(LINK) $(SHARED_FLAGS) -o $@ $(filter %.o,$^) $(LIBS)

$(BUILD)/berth: $(CLI_OBJ) $(BUILD)/libberth.a
	$(call say,LD)
	$(Q)$(LINK) -o $@ $^ $(LIBS)

# -s: debugging information would be a third of it.
static:                         ## a program that needs no other file, build-static/berth; without berth pull
	$(MAKE) BUILD=$(BUILD)-static LDFLAGS='-static -s' MECAB= $(BUILD)-static/berth

# Tests may use the adapters of cli/ too, all but main().
$(BUILD)/cli.a: $(filter-out $(BUILD)/cli/main.o,$(CLI_OBJ))
	$(call say,AR)
	$(Q)$(RM) $@ && $(AR) rcs $@ $^

$(UNIT): $(BUILD)/%: $(BUILD)/%.o $(BUILD)/cli.a $(BUILD)/libberth.a
	$(call say,LD)
	$(Q)$(LINK) -o $@ $^ $(LIBS)

# libFuzzer has a main() of its own.
$(FUZZ): $(BUILD)/%: $(BUILD)/%.o $(if $(findstring fuzzer,$(SAN)),,$(BUILD)/tests/fuzz/replay.o) \
         $(BUILD)/cli.a $(BUILD)/libberth.a
	$(call say,LD)
	$(Q)$(LINK) -o $@ $^ $(LIBS)

# Faults reach the program through LD_PRELOAD; where a sanitizer or a static program is in its
# way, or the libc is another one, through the linker, in a program of its own.
FAULTY := $(BUILD)/berth $(BUILD)/tests/faults/faults.so
ifneq ($(SAN)$(findstring -static,$(LDFLAGS))$(if $(findstring gnu,$(shell $(CC) -dumpmachine)),,other),)
FAULTY := $(BUILD)/berth-faults
endif
$(BUILD)/tests/faults/faults.so: tests/faults/faults.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) -U_FORTIFY_SOURCE -fvisibility=default -fPIC -shared -o $@ $< -ldl -pthread
$(BUILD)/tests/faults/faults.o: ALL_CFLAGS += -U_FORTIFY_SOURCE -DFAULT_WRAP
$(BUILD)/berth-faults: $(CLI_OBJ) $(BUILD)/tests/faults/faults.o $(BUILD)/libberth.a
	$(call say,LD)
	$(Q)$(LINK) -o $@ $^ $(LIBS) $$(sed -n 's/^FAULT[A-Z_]*(\([a-z_0-9]*\).*/-Wl,--wrap=\1/p' tests/faults/faults.c)

check: check-unit check-cli check-resume check-faults check-rules check-install  ## run every test
check-unit: $(UNIT) $(FUZZ)     ## C tests: units, kernels against the scalar ones, golden values, fuzz corpora
	prove --exec '' $(UNIT) $(FUZZ)
check-programs: $(UNIT) $(FUZZ) $(FAULTY)  ## build what check runs
check-threads: $(BUILD)/tests/unit/test_pool $(BUILD)/tests/encoder/test_invariance all  ## what ThreadSanitizer should see: SAN=thread
	prove --exec '' $(BUILD)/tests/unit/test_pool $(BUILD)/tests/encoder/test_invariance
	seq 3000 | $(BUILD)/berth embed -j 4 -f f32 -o $(BUILD)/threads.f32
check-cli: all                  ## bats tests of the command line
	BERTH=$(abspath $(BUILD)/berth) BERTH_SANITIZER=$(SAN) bats $(wildcard tests/cli/*.bats)
check-resume: all               ## runs killed at random moments that go on: KILLS=20
	prove --exec perl tests/resume_kills.pl :: $(BUILD)/berth $(KILLS)
check-faults: $(FAULTY)         ## a call of the system fails, 20 (sanitizers: 3) of each function: no crash, nothing lost
	perl tests/faults/faults.pl -n $(if $(SAN),3,20) $(FAULTY)
faults: $(FAULTY)               ## the same with every call, alone and for good: some 100,000 faults
	perl tests/faults/faults.pl $(FAULTY)
	perl tests/faults/faults.pl -s $(FAULTY)
check-rules: all                ## layering, one symbol per kernel object, no mutable globals, hardening
	tests/rules.sh $(BUILD)
	tests/hardening.sh $(BUILD) $(HARDEN) $(HARDEN_LINK)
check-static: all static        ## the static program in an empty root
	tests/static.sh $(BUILD)-static/berth $(BUILD)/berth
# On this machine, through qemu-user: BUILD is for AArch64, and RUN runs its programs.
RUN ?= qemu-aarch64 -L /
EMULATED := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/kernels/check_*.c) tests/unit/test_cpu_levels.c \
            tests/unit/test_pool.c $(addprefix tests/encoder/test_,golden.c precision.c))
check-aarch64:                  ## cross-build for AArch64, and test that with qemu-user: about a minute
	$(MAKE) CC=aarch64-linux-gnu-gcc BUILD=build-aarch64 check-emulated
check-emulated: all $(EMULATED)
	prove --exec '$(RUN) -cpu max' $(EMULATED)
	tests/aarch64.sh $(BUILD)/berth $(RUN)
check-install: all              ## install into a scratch tree, uninstall, demand that no file is left
	tests/install.sh $(MAKE)

# make fuzz T=folder S=600: libFuzzer from the corpus on, with what it finds in build-fuzz/T.
# SAN= runs without AddressSanitizer, several times as fast.
T ?= folder
S ?= 60
FUZZ_SAN := fuzzer$(if $(filter undefined,$(origin SAN)),$(comma)address$(comma)undefined,$(SAN:%=,%))
FUZZ_LEN_argv := 200
FUZZ_LEN_checkpoint := 2500
FUZZ_LEN_input := 1000
FUZZ_LEN_ranges := 400
FUZZ_LEN_safetensors := 4000
FUZZ_LEN_sentencepiece := 3000
FUZZ_LEN_store := 4000
FUZZ_LEN_torch := 3000
FUZZ_LEN_vocab := 4000
fuzz:                           ## let libFuzzer (clang) search for S=60 seconds in T=folder or another target
	$(MAKE) CC=clang SAN=$(FUZZ_SAN) CFLAGS='-O1 -g' fuzz-run
fuzz-run: $(BUILD)/tests/fuzz/fuzz_$(T)
	mkdir -p build-fuzz/$(T)
	$< -max_total_time=$(S) -max_len=$(or $(FUZZ_LEN_$(T)),9000) -timeout=10 -rss_limit_mb=2048 \
	    -close_fd_mask=3 -print_final_stats=1 -dict=tests/fuzz/dict -artifact_prefix=build-fuzz/$(T)- \
	    $(FUZZ_FLAGS) build-fuzz/$(T) tests/fuzz/corpus/$(T)

# What a model knows: EVAL_DATA holds blimp.tar.xz, lama-capitals.jsonl, sts-dev.csv and
# sts-test.csv, EVAL_TEXT is plain text for masked tokens; PAIRS=0 takes all of BLiMP.
MODEL ?= @builtin
PAIRS ?= 50
$(BUILD)/bench/masked_loss $(BUILD)/bench/encode_texts: %: %.o $(BUILD)/libberth.a
	$(call say,LD)
	$(Q)$(LINK) -o $@ $^ $(LIBS)
eval: all $(BUILD)/bench/masked_loss  ## measure MODEL=FOLDER on EVAL_DATA= and EVAL_TEXT=, with PAIRS=50
	@BERTH='$(BUILD)/berth' MASKED_LOSS='$(BUILD)/bench/masked_loss' python3 bench/evaluate.py \
	    -m '$(MODEL)' --pairs '$(PAIRS)' '$(EVAL_DATA)' '$(EVAL_TEXT)'

$(BUILD)/bench/bench_kernels: $(call obj,bench/bench_kernels.c $(PEAK_SRC)) $(BUILD)/libberth.a
	$(call say,LD)
	$(Q)$(LINK) -o $@ $^ $(LIBS)
$(BUILD)/bench/peak: $(call obj,bench/peak.c $(PEAK_SRC))
	$(call say,LD)
	$(Q)$(LINK) -o $@ $^ $(LIBS)
bench: all $(addprefix $(BUILD)/bench/,bench_kernels peak encode_texts)  ## speed of kernels and commands, as one TSV (quiet machine)
	bench/run.sh $(BUILD)

lint:                           ## static checks of code, shell, manuals and format
	cppcheck --quiet --enable=warning,portability --error-exitcode=1 --inline-suppr -I. lib tokenizer models cli
	clang-format --dry-run --Werror $(shell git ls-files '*.[ch]')
	shellcheck models/*.sh $(wildcard tests/*.sh) debian/tests/readme debian/tests/library $(wildcard .ci/run)
	tests/manuals.sh $(MAN1) $(MAN3) $(MAN7)

install: all                    ## install under DESTDIR/PREFIX
	$(INSTALL) -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBDIR) $(DESTDIR)$(INCLUDEDIR) \
	    $(DESTDIR)$(PKGCONFIGDIR) $(DESTDIR)$(MANDIR)/man1 $(DESTDIR)$(MANDIR)/man3 \
	    $(DESTDIR)$(MANDIR)/man7 $(DESTDIR)$(BASHCOMPDIR) $(DESTDIR)$(ZSHCOMPDIR) $(DESTDIR)$(FISHCOMPDIR)
	$(INSTALL) -m 755 $(BUILD)/berth $(DESTDIR)$(BINDIR)/berth
	$(INSTALL) -m 644 $(BUILD)/libberth.a $(DESTDIR)$(LIBDIR)/libberth.a
	$(if $(SHARED),$(INSTALL) -m 644 $(SHARED) $(DESTDIR)$(LIBDIR)/$(SONAME) && \
	    ln -sf $(SONAME) $(DESTDIR)$(LIBDIR)/$(DEVNAME))
	$(INSTALL) -m 644 lib/berth.h $(DESTDIR)$(INCLUDEDIR)/berth.h
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' -e 's|@INCLUDEDIR@|$(INCLUDEDIR)|' \
	    -e 's|@VERSION@|$(VERSION)|' \
	    -e 's|@MECAB_LIBS@|$(MECAB_LIBS)|' lib/berth.pc.in > $(DESTDIR)$(PKGCONFIGDIR)/berth.pc
	$(INSTALL) -m 644 $(MAN1) $(DESTDIR)$(MANDIR)/man1
	$(INSTALL) -m 644 $(MAN3) $(DESTDIR)$(MANDIR)/man3
	$(INSTALL) -m 644 $(MAN7) $(DESTDIR)$(MANDIR)/man7
	$(BUILD)/berth completion bash > $(DESTDIR)$(BASHCOMPDIR)/berth
	$(BUILD)/berth completion zsh > $(DESTDIR)$(ZSHCOMPDIR)/_berth
	$(BUILD)/berth completion fish > $(DESTDIR)$(FISHCOMPDIR)/berth.fish
uninstall:                      ## remove what install put there
	$(RM) $(DESTDIR)$(BINDIR)/berth $(DESTDIR)$(LIBDIR)/libberth.a $(DESTDIR)$(LIBDIR)/$(SONAME) \
	    $(DESTDIR)$(LIBDIR)/$(DEVNAME) $(DESTDIR)$(INCLUDEDIR)/berth.h \
	    $(DESTDIR)$(PKGCONFIGDIR)/berth.pc $(MAN1:man/%=$(DESTDIR)$(MANDIR)/man1/%) \
	    $(MAN3:man/%=$(DESTDIR)$(MANDIR)/man3/%) $(MAN7:man/%=$(DESTDIR)$(MANDIR)/man7/%) \
	    $(DESTDIR)$(BASHCOMPDIR)/berth $(DESTDIR)$(ZSHCOMPDIR)/_berth $(DESTDIR)$(FISHCOMPDIR)/berth.fish
dist:                           ## a release archive of HEAD
	git archive --prefix=berth-$(VERSION)/ -o berth-$(VERSION).tar.gz HEAD
clean:                          ## remove build trees
	$(RM) -r build build-*
help:                           ## list the targets
	@sed -n 's/^\([a-z%][a-z%-]*\):.*## /\1	/p' Makefile | expand -t 24

.PHONY: all static check check-programs check-unit check-cli check-resume check-rules check-static check-install check-aarch64 check-emulated check-threads check-faults faults fuzz fuzz-run bench eval lint install uninstall dist clean help FORCE
.SECONDARY:
.DELETE_ON_ERROR:
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
