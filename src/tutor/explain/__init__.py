"""Explaining what is there: a setting, a file or one of its lines, a patch point, a service."""

from __future__ import annotations

from tutor.explain.subject import Answer, Fact, explain

__all__ = ["Answer", "Fact", "explain"]
