"""Python runs this at its start, where this folder is on the path: plugins from elsewhere are hidden."""

import importlib

importlib.import_module("plugins").hide()
