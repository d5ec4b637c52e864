"""Backups: one archive with databases, data and settings; made, listed, verified, restored."""
