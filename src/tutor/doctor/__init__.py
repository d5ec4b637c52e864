"""Checks of this machine and this project, each in a file of its own."""

from tutor.doctor.check import Finding, Subject, demand
from tutor.doctor.checks import CHECKS, examine

__all__ = ["CHECKS", "Finding", "Subject", "demand", "examine"]
