"""The site's own settings, with what tests need: plain static files, quick hashing, a database of their own."""

import atexit
import os
import shutil
import tempfile

if "CAIRN_TEST_VAR" not in os.environ:  # the processes that this one starts share its folder
    os.environ["CAIRN_TEST_VAR"] = tempfile.mkdtemp(prefix="cairn-test-")
    atexit.register(shutil.rmtree, os.environ["CAIRN_TEST_VAR"], ignore_errors=True)
os.environ["CAIRN_VAR"] = os.environ["CAIRN_TEST_VAR"]
for name in (
    *("ALLOWED_HOSTS", "CACHE_URL", "DATABASE_REPLICA_URL", "DEBUG", "EMAIL_FROM", "EMAIL_URL", "PORT"),
    *("GITHUB_CLIENT_ID", "GITHUB_SECRET", "GOOGLE_CLIENT_ID", "GOOGLE_SECRET"),
    *("ADMINS_EMAIL", "METRICS_TOKEN", "PROMETHEUS_MULTIPROC_DIR"),
    *("SECRET_KEY", "SECRET_KEY_FALLBACKS", "SENTRY_DSN", "SITE_URL", "TRUSTED_PROXIES"),
):
    os.environ.pop(name, None)

from config.settings import *  # noqa: E402, F403 -- after the environment is set

STATIC_ROOT.mkdir(exist_ok=True)  # noqa: F405 -- whitenoise warns of a folder that is not there
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405 -- from the same
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = ["testserver", "localhost"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
