"""Heads of the audit log, kept day by day where nobody who can write to the database can write."""
