"""Where `app` and `models` meet: one module for each kind of run."""

import os

# Before torch is loaded: a waiting thread of OpenMP spins briefly, then sleeps. By default it
# spins on, and beside one busy process (the server) a training on two cores fell from 500 films
# a second to 11; so it stays above 300.
os.environ.setdefault("GOMP_SPINCOUNT", "2000")
