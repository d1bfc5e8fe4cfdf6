# Every target sets up what it needs, given Python 3.11 or later and make.
#   run    the application on http://127.0.0.1:8000 (PORT=8001 make run for another)
#   test   lint, types and all tests     lint   the first two alone
#   messages  the catalogues of translations, from the sources; needs gettext
#   prove  the long proofs               bench  the figures beside their goals

READY := .venv/.installed
USABLE := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))

# An environment whose Python is gone, as after an upgrade of the system, is made anew.
$(shell .venv/bin/python -c "" 2>/dev/null || rm -f $(READY))

.PHONY: run test prove bench lint messages

run: $(READY)
	@exec .venv/bin/python -m config.procfile

test prove bench lint: $(READY)
	@exec .venv/bin/python -m tests.run $@

messages: $(READY)
	@.venv/bin/python manage.py makemessages --all --no-obsolete \
	  --add-location file --ignore tests
	@.venv/bin/python manage.py compilemessages --ignore .venv

$(READY): requirements.lock
	@rm -f $@
	@.venv/bin/python -m pip --version >/dev/null 2>&1 || { \
	  for name in python3.13 python3.12 python3.11 python3 python; do \
	    "$$name" -c '$(USABLE)' 2>/dev/null && exec "$$name" -m venv --clear .venv; \
	  done; \
	  echo "Darkroom needs Python 3.11 or later with its venv module." >&2; \
	  echo "On Debian or Ubuntu: apt-get install python3 python3-venv" >&2; \
	  exit 1; }
	@echo "Installing into .venv what requirements.lock names; the first time takes a minute."
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check \
	  --require-hashes --no-deps -r requirements.lock
	@touch $@
