"""The product's settings, with a few things changed for tests."""

import atexit
import os
import shutil
import tempfile

if "RYMI_VAR_DIR" not in os.environ:  # workers and servers get it from the first
    os.environ["RYMI_VAR_DIR"] = tempfile.mkdtemp(prefix="rymi-tests-")
    atexit.register(shutil.rmtree, os.environ["RYMI_VAR_DIR"], ignore_errors=True)

from providers import addresses, keytest
from rymi_site.settings import *

STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # else each test warns of it
PROVIDER_API_KEYS: dict[str, str] = {}  # whatever the developer's shell holds
LOCAL_LLM_URL = ""
# Tests of payments bring a double, and tell their processes of it.
STRIPE_SECRET_KEY = os.environ.get("RYMI_TEST_STRIPE_KEY", "")
STRIPE_WEBHOOK_SECRETS = [os.environ.get("RYMI_TEST_STRIPE_SECRET", "whsec_of_nobody")]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True  # else it lists 300 files for each test that asks a page
# A file, not memory: some tests start processes that share the database.
if "sqlite" in DATABASES["default"]["ENGINE"]:
    DATABASES["default"]["TEST"] = {"NAME": VAR_DIR / "test.db"}
# Each test begins with an empty cache; workers that share a Redis would empty each other's.
if REDIS_URL and (worker := os.environ.get("PYTEST_XDIST_WORKER")):
    CACHES["default"]["LOCATION"] = f"{REDIS_URL.removesuffix('/0')}/{1 + int(worker[2:])}"  # fmt: skip
# Nothing is asked of a real vendor: each is a port of this machine that nobody serves.
PROVIDER_BASE_URLS = (
    {
        provider.replace("-", "_"): "http://127.0.0.1:9"
        for provider in (*addresses.BASE_URLS, *keytest.TESTS)
    }
    | {  # but for a carrier's double, which a process of a test's is told of
        name: url for name, url in PROVIDER_BASE_URLS.items() if name == "twilio"
    }
    | {  # but for a double that the test runs, told to processes that it starts
        name.removeprefix("DOUBLE_OF_").lower(): address
        for name, address in os.environ.items()
        if name.startswith("DOUBLE_OF_")
    }
)
