"""Everything that is slow once: imports, presets, chart specifications."""

from importlib import import_module

from app.charts import context, cost_bars, plane, roofline, tornado
from app.charts.theme import THEMES, spec
from app.version import version
from costmodel import accelerators, context_curve, default_scenario, explain, load_accelerator, load_model, models

BUILDERS = (context.build, cost_bars.build, plane.build, roofline.build, tornado.build)


def warm() -> None:
    """Import, parse and build; the first page then costs what every page costs."""
    for name in ("pandas", "pyarrow"):
        import_module(name)
    for name in models():
        load_model(name)
    for name in accelerators():
        load_accelerator(name)
    for build in BUILDERS:
        for theme in THEMES:
            spec(build, theme)
    version()
    context_curve(default_scenario())
    explain(default_scenario())
