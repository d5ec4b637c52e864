"""FEATURES, as the platform has them since verawood: another way to the settings of one module."""

from collections.abc import MutableMapping


class FeaturesProxy(MutableMapping):
    """A mapping over the namespace of the module that makes it: what is a setting there is a feature, and the other way."""

    def __init__(self, namespace):
        self.namespace = namespace

    def __getitem__(self, name):
        return self.namespace[name]

    def __setitem__(self, name, value):
        self.namespace[name] = value

    def __delitem__(self, name):
        del self.namespace[name]

    def __iter__(self):
        return iter(self.namespace)

    def __len__(self):
        return len(self.namespace)
