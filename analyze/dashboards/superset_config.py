"""Superset's configuration: it reads this module because `SUPERSET_CONFIG_PATH` names it."""

from __future__ import annotations

import os
from pathlib import Path

_home = Path(os.environ["SUPERSET_HOME"])

SECRET_KEY = (_home / "secret_key").read_text(encoding="ascii")
SQLALCHEMY_DATABASE_URI = f"sqlite:///{_home / 'superset.db'}"
SQLALCHEMY_ENGINE_OPTIONS = {"connect_args": {"timeout": 30}}

APP_NAME = "DeFtunes"
LOGO_TOOLTIP = "DeFtunes"

# What is shown is what the warehouse says now: the file is small, and Redshift keeps results.
CACHE_CONFIG = {"CACHE_TYPE": "NullCache"}
DATA_CACHE_CONFIG = {"CACHE_TYPE": "NullCache"}
FILTER_STATE_CACHE_CONFIG = {
    "CACHE_TYPE": "SupersetMetastoreCache",
    "CACHE_DEFAULT_TIMEOUT": 7776000,
}
EXPLORE_FORM_DATA_CACHE_CONFIG = FILTER_STATE_CACHE_CONFIG

# Logins and forms
AUTH_ROLE_PUBLIC = "Public"  # which has no permission at all
PUBLIC_ROLE_LIKE = None
WTF_CSRF_ENABLED = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
RATELIMIT_ENABLED = True
RATELIMIT_STORAGE_URI = "memory://"

# Only this server is asked for anything: no tracking pixel, no map tiles, no fonts of others.
TALISMAN_ENABLED = True
TALISMAN_CONFIG = {
    "content_security_policy": {
        "base-uri": ["'self'"],
        "default-src": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        "worker-src": ["'self'", "blob:"],
        "connect-src": ["'self'"],
        "object-src": "'none'",
        "style-src": ["'self'", "'unsafe-inline'"],
        "font-src": ["'self'", "data:"],
        "script-src": ["'self'", "'strict-dynamic'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
    },
    "content_security_policy_nonce_in": ["script-src"],
    "frame_options": "DENY",
    # it listens on 127.0.0.1 only, without TLS
    "force_https": False,
    "session_cookie_secure": False,
}
SCARF_ANALYTICS = False

FEATURE_FLAGS = {
    "DASHBOARD_RBAC": False,
    "DRILL_TO_DETAIL": True,
    "EMBEDDED_SUPERSET": False,
}
