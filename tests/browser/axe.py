"""WCAG 2.2 level AA, as axe-core checks it."""

from axe_playwright_python.sync_playwright import Axe

from tests.browser.screen import Screen

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What passes is of no interest; to describe it takes most of axe's time.
OPTIONS = {"runOnly": RULES, "resultTypes": ["violations"], "preload": False}


def violations(screen: Screen) -> list[str]:
    """What axe-core finds, each with the elements concerned."""
    found = Axe().run(screen.page, options=OPTIONS).response["violations"]
    return [f"{each['id']}: {each['help']}: {[node['html'][:200] for node in each['nodes'][:4]]}" for each in found]


def assert_none_in_either_theme(screen: Screen) -> None:
    """No violation of what is on screen, in light and in dark."""
    for theme in ("light", "dark"):
        screen.prefer(theme)
        assert violations(screen) == []
