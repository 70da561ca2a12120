"""Notifications: what each person was told of, what they choose to be told, and how it reads."""
