"""The site's own settings, with what tests need: plain static files, quick hashing, a database of their own."""

import os
import tempfile

os.environ.setdefault("CAIRN_VAR", tempfile.mkdtemp(prefix="cairn-test-"))
for name in ("SITE_URL", "EMAIL_URL", "CACHE_URL", "SECRET_KEY", "ALLOWED_HOSTS", "DEBUG"):
    os.environ.pop(name, None)

from config.settings import *  # noqa: E402, F403 -- after the environment is set

DATABASES = DATABASES  # type: ignore[name-defined]  # noqa: F405, PLW0127
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # type: ignore[name-defined]  # noqa: F405
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = ["testserver", "localhost"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
