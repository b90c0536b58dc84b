"""Asks the Cairn of this container whether it is alive; run by the image's HEALTHCHECK. No Django, to be cheap."""

import os
import urllib.request
from urllib.parse import urlsplit

url = f"http://127.0.0.1:{os.environ.get('PORT') or 8000}/healthz"
host = urlsplit(os.environ.get("SITE_URL", "")).hostname or "localhost"
urllib.request.urlopen(urllib.request.Request(url, headers={"Host": host}), timeout=5)  # nosec B310 # the address above
