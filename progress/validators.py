"""Rules of what learners write, in words."""

from django.core.validators import URLValidator

https_address = URLValidator(
    schemes=["https"], message="Start the link with https:// and give the whole address, so that others can open it."
)


def tidy(text: str) -> str:
    """Line ends as written elsewhere than in browsers, so that the same text is the same."""
    return text.replace("\r\n", "\n").strip()
