"""Spans for an OpenTelemetry collector: what took how long, and nothing of what it was about.

Everything a span holds is put together here, from what the program itself declares: routes, kinds
of run, SQL without its values. No library that looks on from outside writes spans.
"""
