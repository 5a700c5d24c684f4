"""Credentials for Amazon S3 and what speaks like it: from the environment, or the files that Amazon's tools write."""

from __future__ import annotations

import configparser
import os
from pathlib import Path

_NAMES = {
    "aws_access_key_id": "access_key_id",
    "aws_secret_access_key": "secret_access_key",
    "aws_session_token": "session_token",
    "region": "region",
    "endpoint_url": "endpoint",
}


def aws_settings() -> dict[str, str]:
    """Return what obstore does not find by itself: a profile's keys, region and endpoint, and an endpoint's address.

    The environment comes first; its ``AWS_PROFILE`` names the profile.
    """
    environment = os.environ
    settings: dict[str, str] = {}
    if "AWS_ACCESS_KEY_ID" not in environment:
        settings |= _profile(environment.get("AWS_PROFILE", "default"))
    for name in ("AWS_ENDPOINT", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
        if environment.get(name):
            settings["endpoint"] = environment[name]
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        settings.pop("region" if environment.get(name) else "", None)
    return settings


def _profile(name: str) -> dict[str, str]:
    """Return the settings of a profile; none where there is no such profile, or no file."""
    found: dict[str, str] = {}
    for variable, file, title in (
        ("AWS_CONFIG_FILE", "config", "default" if name == "default" else f"profile {name}"),
        ("AWS_SHARED_CREDENTIALS_FILE", "credentials", name),
    ):
        path = Path(os.environ.get(variable) or Path.home() / ".aws" / file)
        parser = configparser.RawConfigParser()
        try:
            parser.read_string(path.read_text("utf-8"))
        except (OSError, UnicodeError, configparser.Error):
            continue
        if parser.has_section(title):
            found |= {_NAMES[key]: value for key, value in parser.items(title) if key in _NAMES}
    return found
