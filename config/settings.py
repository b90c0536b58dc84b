"""Every setting, in one file. What differs between machines comes from the environment."""

import logging.config
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.contrib.messages import constants as message_levels
from django.urls import reverse_lazy

from config import env
from web import files, logs

BASE_DIR = Path(__file__).resolve().parent.parent
VAR = Path(env.text("CAIRN_VAR") or BASE_DIR / "var")
VAR.mkdir(parents=True, exist_ok=True)

# ---- the site -------------------------------------------------------------------------------------------------------
DEBUG = env.boolean("DEBUG")
SITE_URL = env.site("SITE_URL", f"http://localhost:{env.integer('PORT', 8000, minimum=1)}")
TLS = SITE_URL.startswith("https://")
SECRET_KEY = env.secret_key("SECRET_KEY", VAR)
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
ALLOWED_HOSTS = [
    urlsplit(SITE_URL).hostname or "localhost",
    *env.words("ALLOWED_HOSTS"),
    *([] if TLS else ["localhost", "127.0.0.1", "[::1]"]),
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
FIXTURE_DIRS = [BASE_DIR / "fixtures"]

# Where else somebody may have an account to sign in with; the browser is sent to the origin.
PROVIDERS = {
    name: {"origin": origin, "scope": scope, "client_id": keys[0], "secret": keys[1]}
    for name, origin, scope in (
        ("github", "https://github.com", "user:email"),
        ("google", "https://accounts.google.com", "email"),
    )
    if (keys := env.pair(f"{name.upper()}_CLIENT_ID", f"{name.upper()}_SECRET"))
}

INSTALLED_APPS = [
    "config.apps.ConfigApp",
    "roadmap",
    "accounts",
    "progress",
    "curation",
    "config.apps.DeskConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "template_partials",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    *(f"allauth.socialaccount.providers.{name}" for name in PROVIDERS),
    "allauth.usersessions",
    "adminsortable2",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.metrics.measured",
    "web.logs.request_id",
    "web.middleware.for_this_site_only",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "web.middleware.without_trace",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "web.middleware.weighed",
    "django.middleware.csrf.CsrfViewMiddleware",
    "web.kept.visitors",
    "web.middleware.private_by_default",
    "django_htmx.middleware.HtmxMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.session_age",
    "web.middleware.LoginRequired",
    "web.middleware.fields_once",
    "django.contrib.messages.middleware.MessageMiddleware",
    "web.middleware.htmx_edges",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.time_zone",
    "web.replica.reads",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context.site",
            ],
            "builtins": ["web.templatetags.page"],
        },
    }
]

# ---- data -----------------------------------------------------------------------------------------------------------
DATABASES = {
    "default": env.database("DATABASE_URL", VAR),
    **env.replica("DATABASE_REPLICA_URL", of="DATABASE_URL"),
}
DATABASE_ROUTERS = ["web.replica.Router"]
# What visitors may see as it was a moment ago. What somebody can withdraw is not among it: accounts, evidence, plans.
MAY_BE_OLD = {
    *("roadmap.Roadmap", "roadmap.OldSlug", "roadmap.Skill"),
    *("progress.Follow", "progress.Mark", "progress.Change", "progress.CheckpointTick", "progress.Review"),
}
CACHES = env.caches("CACHE_URL")

# ---- people ---------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.Backend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "accounts.validators.LeakedValidator"},
    {"NAME": "accounts.validators.OwnWordsValidator"},
    {"NAME": "accounts.validators.MaximumLengthValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "dashboard"
SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_AGE = 14 * 24 * 3600
# Over TLS each is bound to this host: nobody else's page can set it.
_bound = "__Host-" if TLS else ""
SESSION_COOKIE_NAME = f"{_bound}session"
CSRF_COOKIE_NAME = f"{_bound}csrf"
MESSAGES_COOKIE_NAME = f"{_bound}messages"
PREVIEW_COOKIE_NAME = f"{_bound}preview"
THEME_COOKIE_NAME = f"{_bound}theme"
NEVER_OLD_WITH = (SESSION_COOKIE_NAME, PREVIEW_COOKIE_NAME)  # of whoever may have written something
MESSAGE_STORAGE = "web.told.Storage"
CSRF_FAILURE_VIEW = "config.views.csrf_failure"
# Where apps that do not know accounts write what happened to one.
SECURITY_LOG = "accounts.events.record"
PASSWORD_RESET_TIMEOUT = 3600

email = env.email("EMAIL_URL", needed=TLS)
HAS_EMAIL = email is not None
vars().update(email or {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"})
EMAIL_TIMEOUT = 4
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("EMAIL_FROM", f"Cairn <cairn@{urlsplit(SITE_URL).hostname}>")

ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
MFA_ADAPTER = "accounts.adapters.MFAAdapter"
SOCIALACCOUNT_ADAPTER = "accounts.adapters.SocialAccountAdapter"
USERSESSIONS_ADAPTER = "accounts.adapters.UserSessionsAdapter"
ACCOUNT_FORMS = {
    "add_email": "accounts.forms.AddEmailForm",
    "change_password": "accounts.forms.ChangePasswordForm",
    "confirm_email_verification_code": "accounts.forms.ConfirmEmailVerificationCodeForm",
    "login": "accounts.forms.LoginForm",
    "reauthenticate": "accounts.forms.ReauthenticateForm",
    "reset_password": "accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.forms.ResetPasswordKeyForm",
    "set_password": "accounts.forms.SetPasswordForm",
    "signup": "accounts.forms.SignupForm",
}
MFA_FORMS = {
    "activate_totp": "accounts.factors.ActivateTOTPForm",
    "add_webauthn": "accounts.factors.AddWebAuthnForm",
    "authenticate": "accounts.factors.AuthenticateForm",
    "authenticate_webauthn": "accounts.factors.AuthenticateWebAuthnForm",
    "edit_webauthn": "accounts.factors.EditWebAuthnForm",
    "login_webauthn": "accounts.factors.LoginWebAuthnForm",
    "reauthenticate": "accounts.factors.ReauthenticateCodeForm",
    "reauthenticate_webauthn": "accounts.factors.ReauthenticateWebAuthnForm",
    "signup_webauthn": "accounts.factors.SignupWebAuthnForm",
}
SOCIALACCOUNT_FORMS = {"signup": "accounts.forms.SocialSignupForm"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_HONEYPOT_FIELD = "website"
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if HAS_EMAIL else "none"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = HAS_EMAIL
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_FORMAT = {"numeric": True}
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 10 * 60
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_EMAIL_CONFIRMATION_AUTHENTICATED_REDIRECT_URL = reverse_lazy("account_email")
ACCOUNT_EMAIL_NOTIFICATIONS = HAS_EMAIL
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if TLS else "http"
ALLAUTH_TRUSTED_PROXY_COUNT = env.integer("TRUSTED_PROXIES", 0, minimum=0)
# Beside these accounts/limits.py counts a network's wrong passwords, and mail to an address.
ACCOUNT_RATE_LIMITS = {
    "change_password": "5/5m/user",
    "login": "30/5m/ip",
    "login_failed": "5/15m/key,20/d/key",
    "manage_email": "10/5m/user",
    "reauthenticate": "10/5m/user",
    "reset_password": "20/5m/ip",
    "reset_password_from_key": "20/5m/ip",
    "signup": "20/5m/ip",
}

MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_ALLOW_UNVERIFIED_EMAIL = not HAS_EMAIL
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_PASSKEY_SIGNUP_ENABLED = HAS_EMAIL
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not TLS
MFA_TOTP_ISSUER = "Cairn"
MFA_TOTP_TOLERANCE = 1  # half a minute to either side: phones' clocks differ, and typing takes a while
MFA_RATE_LIMITS = {"webauthn_login": "30/5m/ip"}

SOCIALACCOUNT_PROVIDERS = {
    name: {
        "APPS": [{"client_id": provider["client_id"], "secret": provider["secret"]}],
        "SCOPE": [provider["scope"]],
        "OAUTH_PKCE_ENABLED": True,
    }
    for name, provider in PROVIDERS.items()
}
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True

# ---- security -------------------------------------------------------------------------------------------------------
SECURE_SSL_REDIRECT = TLS
# Programs are not led on: a calendar's would send its token in the clear each time, and nobody notice.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$", r"^calendar/"]
SECURE_HSTS_SECONDS = 2 * 365 * 24 * 3600 if TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = TLS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ALLAUTH_TRUSTED_PROXY_COUNT else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = TLS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "base-uri": [NONE],
        "connect-src": [SELF],
        "font-src": [SELF],
        "form-action": [SELF, *(provider["origin"] for provider in PROVIDERS.values())],
        "frame-ancestors": [NONE],
        "img-src": [SELF],
        "manifest-src": [SELF],
        "report-uri": "/csp",
        "script-src": [SELF],
        "style-src": [SELF],
    }
}

# ---- for operators ---------------------------------------------------------------------------------------------------
METRICS_TOKEN = env.secret("METRICS_TOKEN")
ADMINS = [("", address) for address in env.people("ADMINS_EMAIL", has_email=HAS_EMAIL or not TLS)]
EMAIL_SUBJECT_PREFIX = "[Cairn] "

# ---- language, time, files ------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_ADD_HEADERS_FUNCTION = files.headers
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_KEEP_ONLY_HASHED_FILES = True  # pages name no others
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
MESSAGE_TAGS = {
    message_levels.DEBUG: "",
    message_levels.INFO: "",
    message_levels.SUCCESS: "ok",
    message_levels.WARNING: "warn",
    message_levels.ERROR: "bad",
}

LOGGING_CONFIG = None
logging.config.dictConfig(logs.config(as_json=TLS, mail=bool(ADMINS), sentry=env.sentry("SENTRY_DSN")))
