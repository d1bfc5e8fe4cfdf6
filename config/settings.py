"""All settings, read from the environment; every one has a default that works."""

import ipaddress
import os
import secrets
import tempfile
from pathlib import Path
from urllib.parse import unquote, urlsplit

import dj_database_url
from cryptography.fernet import Fernet
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

# NumPy's threads wait on each other busily; here the processes share the cores.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

BASE_DIR = Path(__file__).resolve().parent.parent
YES, NO = {"1", "true", "yes", "on"}, {"", "0", "false", "no", "off"}


def env_bool(name: str) -> bool:
    """Read a switch; anything but a clear yes or no is refused."""
    value = os.environ.get(name, "").strip().lower()
    if value not in YES | NO:
        raise ImproperlyConfigured(f"{name}={value!r} is neither 1 nor 0.")
    return value in YES


def env_number(name: str, default: float, high: float) -> float:
    """Read a number between 1 and `high`."""
    text = os.environ.get(name, "").strip() or str(default)
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not 1 <= value <= high:
        raise ImproperlyConfigured(f"{name}={text!r}: a number from 1 to {high}.")
    return value


def separated(text: str) -> list[str]:
    """Read a list separated by commas."""
    return [item.strip() for item in text.split(",") if item.strip()]


def env_list(name: str) -> list[str]:
    return separated(os.environ.get(name, ""))


def env_choice(name: str, default: str, choices: set[str]) -> str:
    """Read one word out of a few."""
    value = os.environ.get(name, "").strip().lower() or default
    if value not in choices:
        allowed = ", ".join(sorted(choices))
        raise ImproperlyConfigured(f"{name}={value!r}: one of {allowed}.")
    return value


def env_url(name: str, default: str) -> str:
    """Read an address of the form scheme://host[:port], without a path."""
    value = os.environ.get(name, "").strip().rstrip("/") or default
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path:
        raise ImproperlyConfigured(f"{name}={value!r}: like https://photos.example.")
    return value


def kept_secret(name: str, make: object) -> str:
    """Return the secret from the environment, else the one kept in the data folder."""
    if value := os.environ.get(name, "").strip():
        return value
    path = DATA / f".{name.lower()}"
    if not path.exists():
        # Written beside and linked: two processes that start at once keep the same.
        with tempfile.NamedTemporaryFile("w", dir=DATA, delete=False) as draft:
            draft.write(make())  # type: ignore[operator]
        Path(draft.name).chmod(0o600)
        try:
            path.hardlink_to(draft.name)
        except FileExistsError:
            pass
        finally:
            Path(draft.name).unlink()
    return path.read_text().strip()


DATA = Path(os.environ.get("DARKROOM_DATA") or BASE_DIR / "data").resolve()
DATA.mkdir(parents=True, exist_ok=True, mode=0o700)
PORT = int(env_number("PORT", 8000, 65535))
BASE_URL = env_url("BASE_URL", f"http://127.0.0.1:{PORT}")
DEBUG = env_bool("DEBUG")

SECRET_KEY = kept_secret("SECRET_KEY", lambda: secrets.token_urlsafe(64))
if len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 10:
    raise ImproperlyConfigured("SECRET_KEY is weak: 50 random characters or more.")
if os.environ.get("DATABASE_URL") and not os.environ.get("ENCRYPTION_KEYS"):
    raise ImproperlyConfigured(
        "ENCRYPTION_KEYS is needed beside DATABASE_URL, the same on every machine. "
        'Make one: python -c "from cryptography.fernet import Fernet; '
        'print(Fernet.generate_key().decode())"'
    )
ENCRYPTION_KEYS = separated(
    kept_secret("ENCRYPTION_KEYS", lambda: Fernet.generate_key().decode())
)
for key in ENCRYPTION_KEYS:
    try:
        Fernet(key)
    except ValueError as error:
        raise ImproperlyConfigured(
            "ENCRYPTION_KEYS holds a key that is not 32 bytes in URL-safe base64."
        ) from error

# Who may reach us, and what is believed of a proxy.
_base_host = urlsplit(BASE_URL).hostname or ""
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS") or [
    *{_base_host, "localhost", "127.0.0.1", "[::1]"}
]
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS") or (
    [BASE_URL] if BASE_URL.startswith("https://") else []
)
try:
    TRUSTED_PROXIES = [
        ipaddress.ip_network(item, strict=False) for item in env_list("TRUSTED_PROXIES")
    ]
except ValueError as error:
    raise ImproperlyConfigured(f"TRUSTED_PROXIES: {error}.") from error
HTTPS = any(origin.startswith("https://") for origin in CSRF_TRUSTED_ORIGINS)
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

INSTALLED_APPS = [
    "imaging",
    "config.console.ConsoleConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
    "django_q",
]
MIDDLEWARE = [
    "imaging.middleware.RequestMiddleware",
    "imaging.middleware.TrustedProxyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "imaging.middleware.WatchMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "imaging.views.outage.OutageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "imaging.auditing.requests.AuditMiddleware",
    "imaging.viewing.ViewAsMiddleware",
    "imaging.language.readers.ReaderMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "imaging.middleware.PrivatePagesMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
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
                "imaging.middleware.teams",
                "imaging.views.health.trouble",
            ],
        },
    }
]

# The database is the truth. SQLite: figures and reasons in the README, "Database".
DATABASES = {
    "default": dj_database_url.parse(
        os.environ.get("DATABASE_URL") or f"sqlite:///{DATA / 'darkroom.sqlite3'}",
        conn_max_age=60,
    )
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["ENGINE"] = "config.sqlite3"
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
else:
    # Hundreds of web threads share a few connections.
    DATABASES["default"]["CONN_MAX_AGE"] = 0
    # A connection that died with its server is replaced before anybody gets it.
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"]["OPTIONS"] = {
        "pool": {"min_size": 0, "max_size": 10, "timeout": 20, "max_idle": 60}
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = os.environ.get("REDIS_URL", "")
CACHES = {
    "default": (
        {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
        }
        if REDIS_URL
        # Limits and heartbeats are shared by all processes even without Redis.
        else {
            "BACKEND": "django.core.cache.backends.db.DatabaseCache",
            "LOCATION": "cache",
            "OPTIONS": {"MAX_ENTRIES": 100_000},
        }
    ),
    # What django-q2 notes about itself every half second, and nobody reads.
    "cluster": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}

# Background work. `retry` must exceed timeout * (1 + queue_limit / workers).
ENGINES = int(env_number("ENGINES", os.cpu_count() or 1, 256))
IN_DATABASE = {
    "orm": "default",
    "broker_class": "imaging.cluster.broker.DatabaseQueue",
}
Q_CLUSTER = {
    "name": "worker",
    "workers": int(env_number("WORKERS", 8, 256)),
    "queue_limit": 8,
    "timeout": 900,
    "retry": 8_200,
    "max_attempts": 1,
    "ack_failures": True,
    "save_limit": -1,
    "poll": 0.2,
    "guard_cycle": 0.5,
    "recycle": 1_000,
    "scheduler": False,
    "catch_up": False,
    "label": "Background work",
    "cache": "cluster",
    **({"redis": REDIS_URL} if REDIS_URL else IN_DATABASE),
    "ALT_CLUSTERS": {
        "engine": {
            "workers": ENGINES,
            "queue_limit": 1,
            "timeout": 3_600,
            "retry": 7_500,
        }
    },
}

# Files.
AWS_STORAGE_BUCKET_NAME = os.environ.get("AWS_STORAGE_BUCKET_NAME", "")
AWS_S3_ENDPOINT_URL = os.environ.get("AWS_S3_ENDPOINT_URL") or None
AWS_QUERYSTRING_EXPIRE = 900
STORAGES = {
    "default": (
        {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {
                "default_acl": None,
                "file_overwrite": True,
                # The one that signs the length of what is sent, too.
                "signature_version": "s3v4",
            },
        }
        if AWS_STORAGE_BUCKET_NAME
        else {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": DATA / "files", "allow_overwrite": True},
        }
    ),
    "staticfiles": {"BACKEND": "config.static.Storage"},
}
# Where the nginx in front of us has our files, internally, as "/stored/": it sends
# what is not counted. Files must lie on its disk.
ACCEL_PREFIX = "" if AWS_STORAGE_BUCKET_NAME else os.environ.get("ACCEL_PREFIX", "")
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Neural networks of the studio's own: pairs of NAME.param and NAME.bin, for ncnn.
MODELS = DATA / "models"
# On the same disk as the files, so that an upload is moved and not copied.
FILE_UPLOAD_TEMP_DIR = DATA / "tmp"
FILE_UPLOAD_TEMP_DIR.mkdir(exist_ok=True, mode=0o700)
FILE_UPLOAD_HANDLERS = ["imaging.receiving.HashingUploadHandler"]
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_NUMBER_FILES = 1_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000
MAX_MEGAPIXELS = env_number("MAX_MEGAPIXELS", 62, 10_000)

# People.
AUTH_USER_MODEL = "imaging.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
SIGNUP = env_choice("SIGNUP", "invitation", {"invitation", "open", "closed"})
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "library"
ACCOUNT_ADAPTER = "imaging.adapter.AccountAdapter"
ACCOUNT_FORMS = {"signup": "imaging.forms.people.SignupForm"}
# Beside allauth's own: 30 sign-ins a minute from one source, and of failed ones 10,
# or 5 in five minutes on one account. IPv6 counts by /64.
ACCOUNT_RATE_LIMITS = {
    "inquire": "30/m/user",
    "invite": "30/h/user",
    "notify": "30/m/user",
    "reset_password": "20/h/ip,5/h/key",  # nosec B105
    "signup": "60/h/ip",
    "team": "20/h/user",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
# Only where anybody may sign up, and mail arrives, must an address be proven first:
# the page then says the same whether or not the address has an account.
ACCOUNT_EMAIL_VERIFICATION = (
    "mandatory" if SIGNUP == "open" and os.environ.get("EMAIL_URL") else "optional"
)
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
MFA_ADAPTER = "imaging.adapter.MFAAdapter"
# Where no mail arrives nobody can confirm an address, nor take an account by one.
MFA_ALLOW_UNVERIFIED_EMAIL = not os.environ.get("EMAIL_URL")
MFA_TOTP_TOLERANCE = 1  # a clock half a minute off
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Darkroom"


def email_settings(url: str) -> dict[str, object]:
    """Read smtp://, smtp+tls:// or smtps://user:password@host:port."""
    parts = urlsplit(url)
    ports = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
    if parts.scheme not in ports or not parts.hostname:
        raise ImproperlyConfigured("EMAIL_URL: smtp+tls://user:password@host:587.")
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or ports[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_TIMEOUT": 20,
    }


EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
if email_url := os.environ.get("EMAIL_URL"):
    globals().update(email_settings(email_url))
DEFAULT_FROM_EMAIL = os.environ.get("EMAIL_FROM") or f"Darkroom <darkroom@{_base_host}>"

# How often one token may call in any minute.
CALLS_PER_MINUTE = int(env_number("CALLS_PER_MINUTE", 1_200, 1_000_000))

# Outgoing HTTP: https to public addresses, but for these.
OUTGOING_ALLOW = env_list("OUTGOING_ALLOW")
OUTGOING_ALLOW_PRIVATE = env_bool("OUTGOING_ALLOW_PRIVATE")

# Folders that hold further providers, each a package with a `client` module.
PROVIDERS_PATH = env_list("PROVIDERS_PATH")

LANGUAGE_CODE = "en"
# Each named in itself. The sources are English, so English needs no catalogue.
LANGUAGES = [("en", "English"), ("ko", "한국어")]
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = HTTPS
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_I18N = USE_TZ = True

# Who shows it may read /metrics; without it, only the operator, and this machine.
METRICS_TOKEN = os.environ.get("METRICS_TOKEN", "").strip()
# Where errors are reported; without it nothing is, and nothing for it is loaded.
SENTRY_DSN = os.environ.get("SENTRY_DSN", "").strip()

LOG_FORMAT = env_choice("LOG_FORMAT", "line", {"line", "json"})
LOG_LEVEL = env_choice("LOG_LEVEL", "info", {"debug", "info", "warning", "error"})
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "imaging.reporting.logs.Line",
            "format": "{asctime} {levelname} {name}{ids}: {message}",
            "style": "{",
        },
        "json": {"()": "imaging.reporting.logs.Json"},
    },
    "filters": {
        "masked": {"()": "imaging.reporting.masking.Masked"},
        "stamped": {"()": "imaging.reporting.logs.Stamped"},
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": LOG_FORMAT,
            "filters": ["masked", "stamped"],
        }
    },
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL.upper()},
    "loggers": {"django-q": {"level": "WARNING"}},
}

# A folder of the fault tests: a file named after a point kills the process that
# reaches it. Empty everywhere else.
FAULT_POINT = os.environ.get("DARKROOM_FAULT_POINT", "")
