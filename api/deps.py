"""A request's way into the core: who asks, on which connection, and in which transaction.

Handlers are plain functions, each in a thread or on a lane of the event loop. Nothing is read from the database before the
handler's own work, so that a request costs one connection and, in a thread, one round trip for its caller.
"""

import logging
import random
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final, NamedTuple, TypeVar

from fastapi import Request
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from api.origin import credential_of
from dataviz_pipelines.core.accounts.identity import (
    Credential,
    ExpiredError,
    Identity,
    MistakenError,
    end,
    identify,
    note_use,
    presume,
)
from dataviz_pipelines.core.audit.events import note
from dataviz_pipelines.core.crud import Collection
from dataviz_pipelines.core.db import Connections, Transactions
from dataviz_pipelines.core.nonblocking.pausing import pause
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.errors import NotLoggedInError, PermissionDeniedError
from dataviz_pipelines.core.security.rows import PartOf

Answer = TypeVar("Answer")
Work = Callable[[Connection, Caller], Answer]

Connect = Callable[[], AbstractContextManager[Connection]]

logger = logging.getLogger(__name__)

ATTEMPTS: Final = 4
_RETRIED_STATES: Final = frozenset({"40001", "40P01"})  # serialization failure, deadlock
_LONGEST_PAUSE_S: Final = 0.05


class DeadConnectionError(Exception):
    """A pooled connection was dead before anything was done on it."""


class Edge(NamedTuple):
    """`reading` is the same engine without transactions. `permission` is what the route needs, `rows` whether single rows may
    allow it too (then the SQL decides). `route` is what was asked for, for the audit."""

    engine: Transactions
    reading: Connections
    credential: Credential
    permission: str | None
    rows: bool
    route: str

    def caller(self) -> Caller:
        return self.read(lambda _, caller: caller)

    def read(self, work: Work[Answer]) -> Answer:
        """Each statement stands alone."""
        return self._repeated(self.reading.connect, work, acting=False)

    def write(self, work: Work[Answer]) -> Answer:
        """One transaction, committed when `work` returns; repeated when the database ended it to end a deadlock."""
        return self._repeated(self.engine.begin, work, acting=True)

    def _repeated(self, connect: Connect, work: Work[Answer], *, acting: bool) -> Answer:
        attempts = 0
        presuming = True
        while True:
            try:
                return self._once(connect, work, acting=acting, presuming=presuming)
            except DeadConnectionError:
                continue  # the pool makes a new one in its place, or says that it cannot
            except MistakenError:
                presuming = False
            except DBAPIError as error:
                attempts += 1
                if getattr(error.orig, "sqlstate", None) not in _RETRIED_STATES:
                    raise
                if attempts == ATTEMPTS:
                    raise
                pause(random.uniform(0, _LONGEST_PAUSE_S) * attempts)  # noqa: S311  # no secret

    def _once(
        self, connect: Connect, work: Work[Answer], *, acting: bool, presuming: bool
    ) -> Answer:
        """What is noted of the caller commits alone, on the connection that the request has just given back."""
        identity = None
        try:
            with connect() as connection:
                identity = self._identity(connection, acting=acting, presuming=presuming)
                answer = self._answer(connection, identity, work, acting=acting)
        except ExpiredError as error:
            end(self.engine, error.caller)
            raise
        except PermissionDeniedError as error:
            self._note_refusal(identity, error)
            raise
        if identity.is_stale:
            self._note_use(identity.caller)
        return answer

    def _identity(self, connection: Connection, *, acting: bool, presuming: bool) -> Identity:
        presumed = presume(connection, self.credential, acting=acting) if presuming else None
        if presumed is not None:
            return presumed
        try:
            return identify(connection, self.credential, acting=acting)
        except DBAPIError as error:
            if error.connection_invalidated:
                raise DeadConnectionError from error
            raise

    def _answer(
        self, connection: Connection, identity: Identity, work: Work[Answer], *, acting: bool
    ) -> Answer:
        """Nothing is done before it is known for whom: what goes wrong until then is not the work's fault."""
        try:
            answer = work(connection, self._admitted(identity.caller, acting=acting))
        except NotLoggedInError:
            raise
        except Exception as error:
            if identity.is_confirmed:
                raise
            is_dead = isinstance(error, DBAPIError) and error.connection_invalidated
            raise (DeadConnectionError if is_dead else MistakenError) from error
        if not identity.is_confirmed:
            raise MistakenError
        return answer

    def _admitted(self, caller: Caller, *, acting: bool) -> Caller:
        if self.permission is None and acting and caller.is_narrowed:
            raise PermissionDeniedError(
                "A key with scopes changes nothing that is its owner's own.",
                remedy="Log in, or use a key without scopes.",
            )
        if self.permission is not None and not self.rows:
            caller.require(self.permission)
        return caller

    def _note_refusal(self, identity: Identity | None, error: PermissionDeniedError) -> None:
        with self.engine.begin() as connection:
            note(
                connection,
                "access_denied",
                user_id=identity.caller.user_id if identity else None,
                origin=self.credential.origin,
                details={"request": self.route, "reason": error.message},
            )

    def _note_use(self, caller: Caller) -> None:
        """The request is done and stays so, whatever becomes of this."""
        try:
            note_use(self.engine, caller)
        except DBAPIError:
            logger.warning("the use of a session was not noted", exc_info=True)


class Requires:
    """The dependency of every route that is not for everybody. What routes require is what the permission matrix shows.
    `shareable`: whether a grant of a row can allow it, without the permission; `manageable`: whether managing everybody's
    allows it for what is somebody else's."""

    def __init__(
        self,
        permission: str | None,
        *,
        rows: bool = False,
        shareable: bool = True,
        manageable: bool = True,
    ) -> None:
        self.permission = permission
        self.rows = rows
        self.shareable = shareable
        self.manageable = manageable

    async def __call__(self, request: Request) -> Edge:
        state = request.app.state
        return self.edge(request, state.engine, state.reading)

    def edge(self, request: Request, engine: Transactions, reading: Connections) -> Edge:
        return Edge(
            engine=engine,
            reading=reading,
            credential=credential_of(request),
            permission=self.permission,
            rows=self.rows and self.shareable,
            route=f"{request.method} {request.scope['path']}",
        )


def requires(collection: Collection, action: str) -> Requires:
    """A new row allows nobody anything yet, but what it will be a part of may."""
    policy = collection.policy
    by_row = policy.by_row and (action != "create" or isinstance(policy, PartOf))
    return Requires(policy.permission(action), rows=by_row)


class Open:
    """The dependency of a route that needs no log-in, so that it is open on purpose."""

    async def __call__(self) -> None:
        return None
