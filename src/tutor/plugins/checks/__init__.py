"""Checks of a plugin: rules as data, a file each in `rules`. What they find has a place and a remedy."""

from tutor.plugins.checks.rule import Finding, Rule, Severity, all_rules
from tutor.plugins.checks.run import examine
from tutor.plugins.checks.subject import Subject

__all__ = ["Finding", "Rule", "Severity", "Subject", "all_rules", "examine"]
