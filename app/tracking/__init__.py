"""Runs are told to a tracking server (MLflow), if there is one: after they succeeded, each once."""
