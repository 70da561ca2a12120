"""Webhooks: which addresses are told what happens, and how each delivery fares."""
