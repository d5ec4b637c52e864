# What is assigned to one of FEATURES is a setting of the module that made them: here, of this one.
import contextlib

with contextlib.suppress(ImportError):  # before verawood they are a dictionary
    from openedx.core.lib.features_setting_proxy import FeaturesProxy

    FEATURES = FeaturesProxy(globals())
