"""Settings that are computed from other settings once all of them are known."""

import sys


class Derived:
    """A setting as a function of the finished settings."""

    def __init__(self, calculate_value):
        self.calculate_value = calculate_value


def derive_settings(module_name):
    """Replace every Derived value in the module, however deep it lies."""
    settings = Finished(sys.modules[module_name])
    for name in dir(settings.module):
        if name.isupper():
            setattr(settings.module, name, resolved(getattr(settings.module, name), settings))


class Finished:
    """The settings of a module, in which one that is derived can be read by another."""

    def __init__(self, module):
        self.module = module

    def __getattr__(self, name):
        return resolved(getattr(self.module, name), self)


def resolved(value, settings):
    if isinstance(value, Derived):
        return value.calculate_value(settings)
    if isinstance(value, dict):
        value.update({key: resolved(item, settings) for key, item in value.items()})
    elif isinstance(value, list):
        value[:] = [resolved(item, settings) for item in value]
    elif type(value) is tuple:
        return tuple(resolved(item, settings) for item in value)
    return value
