__version__ = "22.1.0"
