"""The platform's base settings, made from facts about the real ones.

``lms.json`` and ``cms.json`` say of each setting which type it has, which value where that is plain and short, which
keys, and from which others it is derived. They were read from `lms.envs.common` and `cms.envs.common` of the real
platform. What Django needs to run here, and what has a structure that deployments change, is in `values`.
"""

import datetime
import json
from pathlib import Path

from openedx.core.lib.derived import Derived
from openedx.core.lib.features_setting_proxy import FeaturesProxy
from sandbox.base import values


class PathString(str):
    """A path that is a text, as the platform's are."""

    def __truediv__(self, name):
        return PathString(f"{self}/{name}")

    def dirname(self):
        return PathString(self.rpartition("/")[0])


EMPTY = {
    "NoneType": lambda: None,
    "Path": lambda: PathString("/openedx/edx-platform"),
    "__proxy__": str,
    "bool": bool,
    "dict": dict,
    "float": float,
    "function": lambda: lambda *_: True,
    "int": int,
    "list": list,
    "set": set,
    "str": str,
    "timedelta": datetime.timedelta,
    "tuple": tuple,
}


def facts(service):
    """What is known about the settings of a service: name → type, and what else there is to say."""
    return json.loads(Path(__file__).with_name(f"{service}.json").read_text(encoding="utf-8"))


def fill(namespace, service):
    """Put the base settings of a service into a module's namespace.

    Raises:
        TypeError: a value that is written by hand has another type than on the real platform.
    """
    for name, fact in facts(service).items():
        namespace[name] = setting(service, name, fact)
    namespace["FEATURES"] = FeaturesProxy(namespace)
    namespace.update(values.ADDED)


def setting(service, name, fact):
    """One setting, of the type that the real one has."""
    if fact["type"] == "Derived":
        return Derived(values.FORMULAS.get(name) or alias(name, fact["reads"]))
    written = values.WRITTEN[service] if name in values.WRITTEN[service] else values.WRITTEN["all"]
    if name in written:
        value = written[name]() if callable(written[name]) else written[name]
        check(name, value, fact)
        return value
    if "value" in fact:
        return fact["value"]
    return dict.fromkeys(fact["keys"]) if fact.get("keys") else EMPTY.get(fact["type"], lambda: None)()


def check(name, value, fact):
    """Refuse a value that the real platform would not have."""
    empty = EMPTY[fact["type"]]()
    if not isinstance(value, str if isinstance(empty, str) else type(empty)):
        raise TypeError(f"{name} is a {type(value).__name__} here and a {fact['type']} on the real platform")
    missing = set(fact.get("keys", ())) - set(value if isinstance(value, dict) else ())
    if missing:
        raise TypeError(f"{name} has no {', '.join(sorted(missing))}, as on the real platform")


def alias(name, reads):
    """A derived setting that says what one other says. One of `reads` that is None is a mistake, as it is there."""

    def compute(settings):
        found = [getattr(settings, read) for read in reads]
        return found[0] if found else name.lower()

    return compute
