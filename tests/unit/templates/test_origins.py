"""Each line of each file of the platform has its place: a line of a template, or of a patch."""

from __future__ import annotations

import pytest

from tests.effect import variants
from tests.manifests import VARIANTS, planted
from tests.tracing import untraced
from tutor.config.settings import core
from tutor.contributions import core_registry
from tutor.core.hooks import Layer, Origin, activate
from tutor.env.points import patch_points
from tutor.env.render import Renderer
from tutor.hooks import Filters

EVERY = {
    **{f"platform, {n}": v for n, v in variants().items()},
    **{f"k8s, {n}": v for n, v in VARIANTS.items()},
}
PLUGIN = Origin(Layer.PLUGIN_DEFAULT, "myapp", "1.0", "/myapp.py", 10)


@pytest.mark.parametrize("settings", EVERY.values(), ids=EVERY)
def test_every_line_of_every_file(settings: dict[str, object]) -> None:
    found = core()
    for name, value in {**planted(), **settings}.items():
        found.add(name, value, Origin(Layer.CONFIG_FILE))
    with activate(core_registry()) as registry:
        names = [name for name in patch_points(Renderer(found)) if not name.endswith("*")]
        for name in names:
            text = f"# {name}\n# of {{{{ LMS_HOST }}}}\n\n# end\n"
            registry.add(Filters.ENV_PATCHES, items=((name, text),), origin=PLUGIN)
        renderer = Renderer(found)
        assert untraced(renderer, renderer.render_tree()) == []
