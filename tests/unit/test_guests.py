"""Whatever a guest hands over, and whatever stands in its file or the user's: it is never a bug of ours."""

from __future__ import annotations

import sys
import types
from typing import TYPE_CHECKING, Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tutor import hooks
from tutor.__main__ import EXIT_BUG

if TYPE_CHECKING:
    from tests.kit import Session

#: Fixtures are made once for all examples, which leave nothing behind that another one reads.
FUZZ = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
NAMES = sorted(name for name, value in vars(hooks.Filters).items() if hasattr(value, "hook"))
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 10**20),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["BAD_A", "lms", "lms-env", "{{ NO }}", "{% if", "LMS_HOST", "name", "plugins"]),
)
OBJECTS = st.one_of(
    SCALARS,
    st.binary(max_size=4),
    st.sampled_from([object(), print, type, range(3), ..., 1j, {1, 2}, iter(())]),
)


def _nested(leaves: st.SearchStrategy[Any], keys: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, max_size=4),
            st.lists(inner, max_size=4).map(tuple),
            st.dictionaries(keys, inner, max_size=3),
        ),
        max_leaves=6,
    )


VALUES = _nested(OBJECTS, SCALARS)
DOCUMENTS = _nested(SCALARS, st.one_of(st.text(max_size=5), st.integers(0, 3)))

PLUGIN = """
import fuzzed
from tutor import hooks

handle = getattr(hooks.Filters, fuzzed.hook)
if fuzzed.way == "item":
    handle.add_item(fuzzed.value)
elif fuzzed.way == "items":
    handle.add_items(fuzzed.value)
elif fuzzed.way == "call":
    handle.add(fuzzed.value)
else:
    handle.add()(lambda *_: fuzzed.value)
"""


def _save_and_look(session: Session, *, looks: bool) -> None:
    """Save, which may be refused; and look, which goes on without a plugin."""
    from tutor.__main__ import run

    for command in (("config", "save"), ("config", "printvalue", "PLATFORM_NAME")):
        with session.environment({}):
            code = run(command)
        assert code in ((0,) if looks and "printvalue" in command else (0, 1)), (command, code)
        assert code != EXIT_BUG


@FUZZ
@given(st.sampled_from(NAMES), st.sampled_from(["item", "items", "call", "function"]), VALUES)
def test_hooks(session: Session, hook: str, way: str, value: Any) -> None:
    """Any value, by any way, for any hook."""
    fuzzed: Any = types.ModuleType("fuzzed")
    fuzzed.hook, fuzzed.way, fuzzed.value = hook, way, value
    sys.modules["fuzzed"] = fuzzed
    (session.plugins_root / "bad.py").write_text(PLUGIN)
    config = session.root / "config.yml"
    before = config.read_text()
    config.write_text(f"{before}PLUGINS: [bad]\n")
    try:
        _save_and_look(session, looks=not (hook.startswith("CONFIG_") and way != "call"))
    finally:
        config.write_text(before)
        del sys.modules["fuzzed"]


@FUZZ
@given(
    st.dictionaries(
        st.sampled_from(["name", "version", "config", "patches", "hooks", "templates", "patch", "command"]),
        DOCUMENTS,
        min_size=1,
    )
)
def test_yaml_plugins(session: Session, content: dict[str, Any]) -> None:
    """Any value under any key."""
    (session.plugins_root / "bad.yml").write_text(yaml.safe_dump(_plain(content) | {"name": "bad"}))
    config = session.root / "config.yml"
    before = config.read_text()
    config.write_text(f"{before}PLUGINS: [bad]\n")
    try:
        _save_and_look(session, looks=False)
    finally:
        config.write_text(before)


@FUZZ
@given(st.one_of(st.text(max_size=40), DOCUMENTS.map(lambda value: yaml.safe_dump(_plain(value)))))
def test_yaml_files(session: Session, content: str) -> None:
    """Any text as a plugin."""
    (session.plugins_root / "bad.yml").write_text(content, errors="replace")
    config = session.root / "config.yml"
    before = config.read_text()
    config.write_text(f"{before}PLUGINS: [bad]\n")
    try:
        _save_and_look(session, looks=False)
    finally:
        config.write_text(before)


@FUZZ
@given(
    st.dictionaries(
        st.sampled_from(
            ["LMS_HOST", "PLUGINS", "MOUNTS", "RUN_MYSQL", "PLATFORM_SIZE", "SMTP_PORT", "NO_SUCH"]
        ),
        DOCUMENTS,
        min_size=1,
    )
)
def test_settings(session: Session, values: dict[str, Any]) -> None:
    """Any value of any setting in ``config.yml``."""
    config = session.root / "config.yml"
    before = config.read_text()
    config.write_text(yaml.safe_dump({**yaml.safe_load(before), **_plain(values)}))
    try:
        _save_and_look(session, looks=False)
    finally:
        config.write_text(before)


def _plain(value: Any) -> Any:
    """The same without tuples, which YAML has not."""
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return {key: _plain(item) for key, item in value.items()} if isinstance(value, dict) else value
