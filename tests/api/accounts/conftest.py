from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from api.app import create_app
from dataviz_pipelines.core.settings import Settings
from tests.api.people import People, Person
from tests.core.accounts.somebody import done, hashed

Members = Callable[..., Person]


@pytest.fixture
def app(database_settings: Settings) -> FastAPI:
    """Behind a proxy, which tests are, so that requests can come from anywhere."""
    return create_app(database_settings.model_copy(update={"trusted_proxies": "127.0.0.1"}))


@pytest.fixture
def members(people: People, app_engine: Engine) -> Members:
    """Makes people who are logged in and can log in with PASSWORD."""

    def make(*roles: str, **options: Any) -> Person:
        person = people(*roles, **options)
        statement = "UPDATE users SET password_hash = :hashed WHERE id = :id"
        done(app_engine, statement, id=person.id, hashed=hashed())
        return person

    return make
