import re
from pathlib import Path

from django.conf import settings


def test_every_icon_that_a_page_names_is_drawn() -> None:
    """The browser leaves an empty place for one that is not."""
    templates = Path(settings.BASE_DIR) / "templates"
    drawn = set(re.findall(r'id="([\w-]+)"', (templates / "components" / "sprite.html").read_text()))
    named = {name for page in templates.rglob("*.html") for name in re.findall(r'{% icon "([\w-]+)"', page.read_text())}
    assert named
    assert named <= drawn
