"""Where `app` and `models` meet: one module for each kind of run."""

import os

# Before torch is loaded: waiting threads sleep. By default they spin, and beside another busy
# process (the server, a reader's page) a two-thread training then runs fifty times slower.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "0")
