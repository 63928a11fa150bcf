"""Settings of the portal: one file, everything that differs between machines from the environment.

No variable is needed for the demo and for development. `PORTAL_MODE` chooses the manner:
`demo` (default: DEBUG off, this machine only), `development` (DEBUG on), `test`, or `production`,
which refuses to start on anything unsafe. docs/operations.md lists every variable.
"""

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

import django_stubs_ext
import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from core.csp import CSP
from core.production import unsafe_settings

# Lets `ModelAdmin[Article]` and the like, which the type checker needs, also run.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
# Tests never see the settings of an installation, least of all its database.
if os.environ.get("PORTAL_MODE") != "test" and (BASE_DIR / ".env").is_file():
    env.read_env(BASE_DIR / ".env")

MODES = ("demo", "development", "test", "production")
MODE: str = env.str("PORTAL_MODE", default="demo")
if MODE not in MODES:
    raise ImproperlyConfigured(f"PORTAL_MODE is {MODE!r}; it must be one of {', '.join(MODES)}.")
PRODUCTION = MODE == "production"

VAR_DIR = Path(env.str("VAR_DIR", default="") or BASE_DIR / "var")
VAR_DIR.mkdir(parents=True, exist_ok=True)


def secret_key() -> str:
    """Return SECRET_KEY from the environment, else one made once and kept in VAR_DIR, mode 0600."""
    given: str = env.str("SECRET_KEY", default="")
    if given or PRODUCTION:
        return given
    path = VAR_DIR / "secret_key"
    if not path.exists():
        # Written aside and linked whole: of two processes that start at once one wins, both read.
        with tempfile.NamedTemporaryFile("w", dir=VAR_DIR, encoding="ascii") as file:
            file.write(secrets.token_urlsafe(64))
            file.flush()
            with suppress(FileExistsError):
                os.link(file.name, path)
    return path.read_text("ascii")


# Safety

SECRET_KEY = secret_key()
# Earlier keys, by which sessions and encrypted second factors are still read.
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", default=[])
DEBUG: bool = env.bool("DEBUG", default=MODE == "development")
ALLOWED_HOSTS: list[str] = env.list(
    "ALLOWED_HOSTS", default=[] if PRODUCTION else ["localhost", "127.0.0.1", "[::1]", "testserver"]
)
CSRF_FAILURE_VIEW = "core.errors.csrf_failure"
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])

SECURE_SSL_REDIRECT = PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PRODUCTION else None
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_NAME = "__Host-sessionid" if PRODUCTION else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if PRODUCTION else "csrftoken"
# Preloading concerns the whole registered domain, which the office does not own.
SILENCED_SYSTEM_CHECKS = ["security.W021"]

# Names follow Django 6, so that core/csp.py can be deleted with the upgrade.
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF, CSP.NONCE],
    # The hash is that of the rules which django-prose-editor adds to its page.
    "style-src": [CSP.SELF, CSP.NONCE, "'sha256-PlumsSlvJ7vvWzjqibGAYKq92O3y/4JTxWWsWJvyUYA='"],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
    "manifest-src": [CSP.SELF],
    "report-uri": ["/csp-bao-cao/"],
}

# So many proxies of ours stand before the portal and add to X-Forwarded-For; 0: none is believed.
TRUSTED_PROXIES: int = env.int("TRUSTED_PROXIES", default=0)

# Limits of a request: a larger body is answered 413, too many fields or files 400.
REQUEST_MAX_BYTES = 32 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
DATA_UPLOAD_MAX_NUMBER_FILES = 20

# Apps and the way of a request

INSTALLED_APPS = [
    "portal",
    "workspace",
    "news",
    "visits",
    "accounts",
    "branches",
    "core",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_prose_editor",
    "simple_history",
    "core.apps.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "core.middleware.ShortWayMiddleware",
    "core.middleware.RequestLogMiddleware",
    "core.keeping.KeepMiddleware",
    "core.middleware.HeadersMiddleware",
    "core.csp.ContentSecurityPolicyMiddleware",
    "core.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "branches.middleware.OfficeMiddleware",
    "core.middleware.PathLocaleMiddleware",
    "core.middleware.RequestSizeMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "core.middleware.TextGZipMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.RefusalLogMiddleware",
    "core.middleware.SignInMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "accounts.middleware.SessionLimitsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.SecondFactorMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "core.errors.ErrorPagesMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
]
# Answered before the log, languages, sessions and the rest to whoever is not signed in.
SHORT_WAY = {"/luot-truy-cap/": "visits.views.beacon"}
ROOT_URLCONF = "doanhuyen.urls"
WSGI_APPLICATION = "doanhuyen.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": [
                "core.templatetags.assets",
                "core.templatetags.components",
                "core.templatetags.shared",
                "core.templatetags.text",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "branches.context_processors.office",
            ],
        },
    }
]
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# Database

DATABASES = {
    "default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'portal.sqlite3'}")
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # FULL keeps what was answered through a power cut; tests have nothing to keep.
    synchronous = "OFF" if MODE == "test" else "FULL"
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            f"PRAGMA journal_mode=WAL; PRAGMA synchronous={synchronous}; PRAGMA foreign_keys=ON;"
        ),
    }
    # A file: threads and processes of a test share it as they would in earnest.
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
else:
    DATABASES["default"]["ENGINE"] = "core.postgresql"
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # A line that is cut without a word (a firewall, another machine's power) is known within 45 s.
    DATABASES["default"]["OPTIONS"] = {
        "keepalives_idle": 30,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        **DATABASES["default"].get("OPTIONS", {}),
    }
# Kept by each thread: opening costs more than a page asks, and the last to close an SQLite file
# copies its journal.
DATABASES["default"]["CONN_MAX_AGE"] = 600
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    # Shared by all processes: a code that was used once must be known to each.
    "default": env.cache_url(
        "CACHE_URL", default="locmemcache://" if MODE == "test" else "dbcache://cache_entries"
    ),
    # What each process keeps for itself for a moment, whatever CACHE_URL says.
    "process": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "process"},
}

# People

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.ThrottledBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "workspace:home"
# A link to set a new password: one hour, ASVS 6.4.
PASSWORD_RESET_TIMEOUT = 3600
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
# Django's: allauth's own writes the address to another table, where a former one stays valid.
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105 — a name, no secret.
ACCOUNT_FORMS = {"reset_password": "accounts.forms.ForgottenForm"}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
# accounts.throttle counts them in the database, for all processes.
ACCOUNT_RATE_LIMITS = {"login": None, "login_failed": "10/5m/key"}
MFA_ADAPTER = "accounts.adapter.SecondFactorAdapter"
MFA_FORMS = {
    "activate_totp": "accounts.forms.NewAppForm",
    "add_webauthn": "accounts.forms.NewKeyForm",
    "edit_webauthn": "accounts.forms.KeyNameForm",
    "authenticate_webauthn": "accounts.forms.KeyForm",
    "reauthenticate_webauthn": "accounts.forms.ConfirmingKeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_ALLOW_UNVERIFIED_EMAIL = True
# No tolerance: allauth remembers a used code for one period, and must for as long as it is valid.
MFA_TOTP_TOLERANCE = 0
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
# The demo shows its passwords, so a second factor would keep nobody out.
SECOND_FACTOR_REQUIRED = PRODUCTION
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
# The longest of accounts.middleware, which ends most of them earlier.
SESSION_COOKIE_AGE = 30 * 24 * 3600
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
# Mails leave one after the other; a mail server that says nothing must not keep the next ones.
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL: str = env.str("DEFAULT_FROM_EMAIL", default="webmaster@localhost")
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "accounts.validators.MaximumLengthValidator"},
    {"NAME": "accounts.validators.ContextWordsValidator"},
]

# Language, time and numbers

LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", _("Vietnamese")), ("en", _("English"))]
# The second folder completes what Django and the libraries leave untranslated.
LOCALE_PATHS = [BASE_DIR / "locale", BASE_DIR / "locale" / "vendor"]
TIME_ZONE = "Asia/Ho_Chi_Minh"  # Until Office says otherwise.
OFFICE_ZONE = "branches.models.office_zone"
USE_TZ = True
USE_THOUSAND_SEPARATOR = True
FORMAT_MODULE_PATH = ["core.formats"]

# Files

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/anh/"
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default="") or VAR_DIR / "media")
# Where the web server finds the media internally (X-Accel-Redirect); empty: Django sends the file.
MEDIA_ACCEL_URL: str = env.str("MEDIA_ACCEL_URL", default="")
STORAGES = {
    "default": {"BACKEND": "core.storage.DurableStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if MODE in ("development", "test")
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = MODE in ("development", "test")
FILE_UPLOAD_PERMISSIONS = 0o644

# Operation

# Newest file here must be younger than 26 h for /readyz; empty: not watched.
BACKUP_DIR: str = env.str("BACKUP_DIR", default="")
SIMPLE_HISTORY_HISTORY_CHANGE_REASON_USE_TEXT_FIELD = True
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "core.logs.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        # Each request is logged once, by core.middleware; Django's own line would be a second.
        "django.request": {"level": "ERROR"},
        # Any robot can send a foreign host; it is answered 400 and logged as a request.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        "django.server": {"handlers": [], "propagate": False},
    },
}

if PRODUCTION and (
    faults := unsafe_settings(
        SECRET_KEY, DEBUG, ALLOWED_HOSTS, cache_backend=CACHES["default"]["BACKEND"]
    )
):
    raise ImproperlyConfigured("Refusing to start in production: " + " ".join(faults))
