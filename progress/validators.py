"""Rules of what learners write, in words."""

from django.core.validators import URLValidator

https_address = URLValidator(
    schemes=["https"], message="Start the link with https:// and give the whole address, so that others can open it."
)
