"""Patterns and targets match how a path begins; what begins with a dot is no file unless it is included."""

from pathlib import Path

from tutor import hooks

hooks.Filters.ENV_TEMPLATE_ROOTS.add_item(str(Path(__file__).parent / "templates"))
hooks.Filters.ENV_TEMPLATE_TARGETS.add_items(
    [("beginnings/files", "plugins"), ("beginnings/more", "plugins")]
)
hooks.Filters.ENV_PATTERNS_INCLUDE.add_items([r"beginnings/files/partials/", r"beginnings/files/\.kept"])
hooks.Filters.ENV_PATTERNS_IGNORE.add_items([r"beginnings/files/drafts/", r"beginnings/files/a\.t"])
hooks.Filters.MOUNTED_DIRECTORIES.add_items(
    [("openedx", "frontend-"), ("courseware", "xq.*e$"), ("openedx", "ecomm")]
)
hooks.Filters.ENV_PATCHES.add_item(
    ("caddyfile", "{% for name in 'beginnings/f'|walk_templates %}# {{ name }}\n{% endfor %}")
)
