# `make demo` and `make test` do all their set-up; the other targets are for daily work.
# `make demo ARGS="--once"` hands arguments on; on Windows: py deploy\bootstrap.py demo --once

BOOTSTRAP = python3 deploy/bootstrap.py

.PHONY: demo test long check format bench province simulate plant fuzz mutants lock places clean screenshots

demo:
	@$(BOOTSTRAP) demo $(ARGS)

test:
	@$(BOOTSTRAP) test $(ARGS)

check:
	@$(BOOTSTRAP) check

format:
	@$(BOOTSTRAP) format

# Whole paths through real processes, as ratios to a baseline of the same run.
bench:
	@$(BOOTSTRAP) bench $(ARGS)

# The stories that `make test` walks in one language, in the others too.
long:
	@$(BOOTSTRAP) long $(ARGS)

# A whole province's books, thirty million values, for the benchmark of the desk's pages: about half
# an hour and 5 GB; stopped, it goes on where it was. make province VILLAGES=1000 is a part of it.
VILLAGES ?= 100000
province:
	@$(BOOTSTRAP) province --villages $(VILLAGES)

# Worlds from seeds, with faults and an independent judge: make simulate SEEDS=0-1000 STEPS=200
SEEDS ?= 0-100
STEPS ?= 200
simulate:
	@$(BOOTSTRAP) simulate --seeds $(SEEDS) --steps $(STEPS)

# Each rule of the protocol switched off in turn: is it missed?
plant:
	@$(BOOTSTRAP) plant

# Every decoder against hostile bytes, with coverage: make fuzz RUNS=1000000 ARGS="formula toml"
RUNS ?= 20000
fuzz:
	@$(BOOTSTRAP) fuzz --runs $(RUNS) $(ARGS)

# Laptops, servers and rebuilds killed at their writes: make fault KILLS=10000
KILLS ?= 1000
fault:
	@$(BOOTSTRAP) fault --kills $(KILLS) $(ARGS)

# The pictures of the guide, taken of the pages as they are (needs Chromium).
screenshots:
	@$(BOOTSTRAP) screenshots

# The core changed in one place at a time: do the tests notice? make mutants ARGS="sync/history.py"
mutants:
	@$(BOOTSTRAP) mutants $(ARGS)

# The newest versions that pyproject.toml allows, into requirements.lock and pyproject.toml.
lock:
	@$(BOOTSTRAP) lock

# The shipped hierarchy, from the package that it comes from (needs npm).
places:
	@$(BOOTSTRAP) places

clean:
	rm -rf .venv .tools .demo .setup.log build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis \
		.import_linter_cache
