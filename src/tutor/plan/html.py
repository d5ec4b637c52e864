"""A plan as one page: no script, nothing loaded from anywhere, readable on a phone and on paper."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from tutor.plan.text import because, by_whom, file_notes, setting_values, summary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tutor.plan.model import FileChange, Hunk, Plan, SettingChange

_STYLE = """
:root { color-scheme: light dark; --add: #e6ffec; --del: #ffebe9; --soft: #57606a; --line: #d0d7de; }
@media (prefers-color-scheme: dark) {
  :root { --add: #12351f; --del: #3d1518; --soft: #9198a1; --line: #3d444d; }
}
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
ul { list-style: none; padding: 0; margin: 0; }
li { border-top: 1px solid var(--line); padding: .5rem 0; overflow-wrap: anywhere; }
.soft { color: var(--soft); font-size: .9rem; }
.mark { display: inline-block; min-width: 5.5rem; font-size: .8rem; color: var(--soft); }
summary { cursor: pointer; overflow-wrap: anywhere; }
pre { margin: .25rem 0 1rem; overflow-x: auto; border: 1px solid var(--line); }
pre { font: 13px/1.4 ui-monospace, monospace; }
pre span { display: block; padding: 0 .5rem; min-width: max-content; }
.a { background: var(--add); } .d { background: var(--del); } .h { color: var(--soft); }
code { font: .9em ui-monospace, monospace; }
"""
#: The page loads nothing and runs nothing, whatever texts it holds.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def page(plan: Plan, title: str) -> str:
    """The plan as an HTML document. Whatever texts it holds, plugins' included, are shown as texts.

    Args:
        plan: what would change.
        title: of the page.
    """
    body = "\n".join(_body(plan, title))
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _body(plan: Plan, title: str) -> Iterator[str]:
    yield f"<h1>{escape(title)}</h1>"
    yield f"<p>{escape('Nothing would change.' if plan.empty else summary(plan))}</p>"
    yield from _section("Settings", [*map(_setting, plan.settings), *_generated(plan)])
    yield from _section("Files", map(_file, plan.files))
    yield from _section(
        "Images",
        (
            _item(c.action, c.image, f"because {c.reason}" + _for(c.services) + (f"; {c.by}" if c.by else ""))
            for c in plan.images
        ),
    )
    yield from _section("Services", (_item(c.action, c.name, because(c.reasons)) for c in plan.services))
    yield from _section(
        "Init tasks",
        (
            _item(c.service, c.name, f"because {c.reason}" + (f"; {c.place}" if c.place else ""))
            for c in plan.tasks
        ),
    )
    yield from _section("Not known", (f"<li>{escape(text)}</li>" for text in plan.unknown))
    yield from _section("Warnings", (f"<li>{escape(text)}</li>" for text in plan.warnings))
    yield from _section("Next", (f"<li><code>{escape(text)}</code></li>" for text in plan.commands))


def _section(title: str, items: Iterable[str]) -> Iterator[str]:
    found = list(items)
    if found:
        yield f"<h2>{escape(title)}</h2>\n<ul>"
        yield from found
        yield "</ul>"


def _item(mark: str, name: str, note: str) -> str:
    return (
        f'<li><span class="mark">{escape(mark)}</span> <strong>{escape(name)}</strong>'
        f'<br><span class="soft">{escape(note)}</span></li>'
    )


def _for(services: tuple[str, ...]) -> str:
    return f", for {', '.join(services)}" if services else ""


def _setting(change: SettingChange) -> str:
    return _item(change.action, f"{change.name}: {setting_values(change)}", by_whom(change))


def _generated(plan: Plan) -> Iterator[str]:
    if plan.generated:
        yield _item("new", ", ".join(plan.generated), "generated once and saved in config.yml")


def _file(change: FileChange) -> str:
    notes = [change.owner, *file_notes(change)]
    head = (
        f'<span class="mark">{escape(change.action)}</span> <strong>{escape(change.path)}</strong> '
        f'<span class="soft">{escape("; ".join(notes))}</span>'
    )
    if not change.hunks:
        return f"<li>{head}</li>"
    shown = " open" if change.action == "changed" else ""
    return f"<li><details{shown}><summary>{head}</summary>{''.join(map(_hunk, change.hunks))}</details></li>"


def _hunk(hunk: Hunk) -> str:
    causes = "".join(f'<div class="soft">{escape(str(cause))}</div>' for cause in hunk.causes)
    kinds = {"+": "a", "-": "d"}
    lines = "".join(f'<span class="{kinds.get(line[0], "c")}">{escape(line)}</span>' for line in hunk.lines)
    return f'{causes}<pre><span class="h">{escape(hunk.header)}</span>{lines}</pre>'
