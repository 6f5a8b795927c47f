"""Pictures for the README: Explore in light and dark, from the server of the Procfile.

python -m benchmarks.screenshots
"""

import os
import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

from benchmarks.app import FLAGS, settle
from tests.served import served

IMAGES = Path(__file__).parents[1] / "docs" / "images"
WIDTH, HEIGHT = 1440, 1100


def main() -> None:
    """Write one picture for each theme."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    with sync_playwright() as playwright, served(Path(os.devnull)) as address:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for theme in ("light", "dark"):
            context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme=theme)
            page = context.new_page()
            page.goto(address)
            settle(page)
            page.screenshot(path=IMAGES / f"explore-{theme}.png")
            print(f"docs/images/explore-{theme}.png")
            context.close()
        browser.close()


if __name__ == "__main__":
    main()
