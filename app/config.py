"""Settings: read once from the environment; a bad value stops the start and names its key."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

PREFIX = "FOREWARN_"
TEST_PREFIX = "FOREWARN_TEST_"
LEVELS = ("debug", "info", "warning", "error")
ENGINES = ("loky",)
SHORTEST_SECRET = 32


class BadSetting(ValueError):
    """A setting that cannot be used; the message names the key and says what is expected."""

    def __init__(self, key: str, expected: str) -> None:
        super().__init__(f"{key}: {expected}")
        self.key = key


def setting(env: str, help_text: str, default: object) -> object:
    """One documented setting: its environment key, what it does and its default."""
    return field(default=default, metadata={"env": env, "help": help_text})


@dataclass(frozen=True)
class Settings:
    """Everything the doors may be told from outside."""

    database_url: str = setting(  # type: ignore[assignment]
        "FOREWARN_DATABASE_URL", "SQLAlchemy URL; empty = SQLite in the data directory", ""
    )
    data_dir: Path = setting(  # type: ignore[assignment]
        "FOREWARN_DATA_DIR", "where the SQLite file, keys and locks live", Path("data")
    )
    secret_key: str = setting(  # type: ignore[assignment]
        "FOREWARN_SECRET_KEY",
        "signs sessions and predictors; empty = generated into the data directory"
        " (required with PostgreSQL); also FOREWARN_SECRET_KEY_FILE",
        "",
    )
    timezone: str = setting(  # type: ignore[assignment]
        "FOREWARN_TIMEZONE", "IANA name of the plant's time zone", "UTC"
    )
    host: str = setting("FOREWARN_HOST", "address the site listens on", "127.0.0.1")  # type: ignore[assignment]
    port: int = setting("FOREWARN_PORT", "port the site listens on", 8000)  # type: ignore[assignment]
    demo: bool = setting(  # type: ignore[assignment]
        "FOREWARN_DEMO", "1 = the plant has its own clock and the real scheduler is off", False
    )
    log: str = setting("FOREWARN_LOG", "debug, info, warning or error", "info")  # type: ignore[assignment]
    train_engine: str = setting(  # type: ignore[assignment]
        "FOREWARN_TRAIN_ENGINE", "engine of the night: loky", "loky"
    )
    train_jobs: int = setting(  # type: ignore[assignment]
        "FOREWARN_TRAIN_JOBS", "worker processes of the night; 0 = one per core", 0
    )
    mqtt_url: str = setting(  # type: ignore[assignment]
        "FOREWARN_MQTT_URL", "broker for streamed readings (not read yet)", ""
    )

    @property
    def zone(self) -> ZoneInfo:
        """The plant's time zone."""
        return ZoneInfo(self.timezone)

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is the embedded one."""
        return self.database_url.startswith("sqlite")


def from_env(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings; raise BadSetting for an unknown key or a malformed value."""
    env = dict(os.environ if environ is None else environ)
    _refuse_unknown(env)
    data_dir = Path(env.get("FOREWARN_DATA_DIR") or "data").absolute()
    url = env.get("FOREWARN_DATABASE_URL") or f"sqlite:///{data_dir / 'forewarn.db'}"
    return Settings(
        database_url=_database_url(url),
        data_dir=data_dir,
        secret_key=_secret(env, data_dir, url),
        timezone=_zone(env.get("FOREWARN_TIMEZONE") or "UTC"),
        host=env.get("FOREWARN_HOST") or "127.0.0.1",
        port=_whole(env, "FOREWARN_PORT", 8000, 1, 65535),
        demo=_flag(env, "FOREWARN_DEMO"),
        log=_one_of(env, "FOREWARN_LOG", "info", LEVELS),
        train_engine=_one_of(env, "FOREWARN_TRAIN_ENGINE", "loky", ENGINES),
        train_jobs=_whole(env, "FOREWARN_TRAIN_JOBS", 0, 0, 4096),
        mqtt_url=env.get("FOREWARN_MQTT_URL") or "",
    )


def _refuse_unknown(env: Mapping[str, str]) -> None:
    known = {f.metadata["env"] for f in fields(Settings)} | {"FOREWARN_SECRET_KEY_FILE"}
    for key in sorted(env):
        if key.startswith(PREFIX) and not key.startswith(TEST_PREFIX) and key not in known:
            raise BadSetting(key, f"unknown setting; known are {', '.join(sorted(known))}")


def _database_url(url: str) -> str:
    if url.startswith("postgresql://"):
        return url.replace("postgresql://", "postgresql+psycopg://", 1)
    if url.startswith(("sqlite:///", "postgresql+psycopg://")):
        return url
    raise BadSetting("FOREWARN_DATABASE_URL", "expected sqlite:///FILE or postgresql://...")


def _secret(env: Mapping[str, str], data_dir: Path, url: str) -> str:
    file = env.get("FOREWARN_SECRET_KEY_FILE")
    given = Path(file).read_text().strip() if file else env.get("FOREWARN_SECRET_KEY", "")
    if given and len(given) < SHORTEST_SECRET:
        raise BadSetting("FOREWARN_SECRET_KEY", f"needs at least {SHORTEST_SECRET} characters")
    if given:
        return given
    if not url.startswith("sqlite"):
        raise BadSetting(
            "FOREWARN_SECRET_KEY", "is required with PostgreSQL (32 characters or more)"
        )
    return _kept_secret(data_dir / "secret.key")


def _kept_secret(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(48))
    return path.read_text().strip()


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise BadSetting("FOREWARN_TIMEZONE", f"{name!r} is not an IANA time zone") from None
    return name


def _whole(env: Mapping[str, str], key: str, default: int, low: int, high: int) -> int:
    text = env.get(key) or str(default)
    if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
        raise BadSetting(key, f"expected a whole number from {low} to {high}, got {text!r}")
    return int(text)


def _flag(env: Mapping[str, str], key: str) -> bool:
    text = (env.get(key) or "0").lower()
    if text not in ("0", "1", "true", "false"):
        raise BadSetting(key, f"expected 0 or 1, got {text!r}")
    return text in ("1", "true")


def _one_of(env: Mapping[str, str], key: str, default: str, choices: tuple[str, ...]) -> str:
    text = (env.get(key) or default).lower()
    if text not in choices:
        raise BadSetting(key, f"expected one of {', '.join(choices)}, got {text!r}")
    return text
