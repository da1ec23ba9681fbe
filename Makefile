# `make run` tries CareDial here, `make test` tests it; both install what is missing first (bin/bootstrap).
# Ports: make run HTTP_PORT=8080 SMPP_PORT=2775 MANAGER_PORT=5038 MONEY_PORT=8083 HANDSET_PORT=8081. Without
# them var/caredial.toml decides. The first run builds what the hotline says, which takes a minute; later ones only what has changed.
# One test: make test ARGS="tests/smpp -k receipts". All of them run in four processes on two cores, as some only wait.
# Fuzzing for two minutes, one target only: make fuzz SECONDS=120 ARGS=session

CONFIG = var/caredial.toml
ARGS =
SECONDS = 60
override PORTS = $(if $(HTTP_PORT),CAREDIAL_HTTP__PORT=$(HTTP_PORT)) \
	$(if $(SMPP_PORT),CAREDIAL_SMPP__LINKS__MAIN__PORT=$(SMPP_PORT)) \
	$(if $(MANAGER_PORT),CAREDIAL_IVR__SERVERS__MAIN__PORT=$(MANAGER_PORT)) \
	$(if $(MONEY_PORT),CAREDIAL_PAYMENTS__PROVIDERS__MAIN__URL=http://127.0.0.1:$(MONEY_PORT))

# Many processes are started here, and each would translate all of CareDial anew if Python might not keep bytecode.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test lint bench fuzz lock sample

run:
	@bin/bootstrap run
	@.venv/bin/caredial init --sample --config $(CONFIG)
	@.venv/bin/caredial prompts build --config $(CONFIG)
	@$(PORTS) .venv/bin/caredial run --config $(CONFIG) --with-simulator \
		$(if $(HANDSET_PORT),--handset-port $(HANDSET_PORT))

test:
	@bin/bootstrap test
	@.venv/bin/pytest $(or $(ARGS),-n 4 --dist loadfile --no-loadscope-reorder)

lint:
	@bin/bootstrap test
	.venv/bin/ruff check . bin/make-sample
	.venv/bin/mypy
	.venv/bin/lint-imports

bench:
	@bin/bootstrap test
	@.venv/bin/python -m benchmarks $(ARGS)

fuzz:
	@bin/bootstrap fuzz
	@bin/fuzz $(SECONDS) $(ARGS)

# Newest versions that setup.cfg allows, into the lock files.
lock:
	@bin/lock

# The sample centres anew (conf/sample/*.csv).
sample:
	@bin/bootstrap run
	@.venv/bin/python bin/make-sample
