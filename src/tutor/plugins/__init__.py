"""Plugins: what is installed, and how its contributions get into the registry."""

from tutor.plugins.discovery import Installed, discover
from tutor.plugins.loading import find, load, load_all

__all__ = ["Installed", "discover", "find", "load", "load_all"]
