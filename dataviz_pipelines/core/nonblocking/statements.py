"""Statements of a connection that an event loop uses. They go through libpq itself, because the driver's cursors cost more
than most statements, and together where that saves a round trip."""

import re
from asyncio import AbstractEventLoop, Future, get_running_loop
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any, Final, NamedTuple, TypeVar

from psycopg import AsyncConnection, errors
from psycopg.abc import Buffer, PQGen
from psycopg.adapt import PyFormat, Transformer
from psycopg.generators import execute, fetch_many, send
from psycopg.pq import ExecStatus, PipelineStatus, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult
from psycopg.waiting import Ready, Wait
from sqlalchemy.util import await_

from dataviz_pipelines.core.nonblocking.pausing import Pacer

MOST_PREPARED: Final = 100
"""Of a connection. Those that were not sent for longest are forgotten."""
_ROWS_AT_ONCE: Final = 8
_BEGIN: Final = b"BEGIN ISOLATION LEVEL READ COMMITTED"
_PARAMETER: Final = re.compile(r"%\((\w+)\)s|%%")
_OPEN: Final = frozenset({TransactionStatus.INTRANS, TransactionStatus.INERROR})
_GOOD: Final = frozenset({ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK})

Values = Mapping[str, Any]
Row = tuple[Any, ...]
Answer = TypeVar("Answer")


class Column(NamedTuple):
    name: str


class Rows:
    """What a statement answered, told as the driver's cursors tell it."""

    def __init__(self, result: PGresult, rows: list[Row]) -> None:
        self._result = result
        self._rows = iter(rows)

    @property
    def description(self) -> list[Column]:
        names = (self._result.fname(number) for number in range(self._result.nfields))
        return [Column((name or b"").decode()) for name in names]

    @property
    def rowcount(self) -> int:
        return self._result.command_tuples or 0

    def fetchone(self) -> Row | None:
        return next(self._rows, None)

    def fetchall(self) -> list[Row]:
        return list(self._rows)

    def __iter__(self) -> Iterator[Row]:
        return self._rows


class _Parsed(NamedTuple):
    """Numbers stand where the text has names."""

    text: bytes
    names: tuple[str, ...]
    formats: tuple[PyFormat, ...]


class _Message(NamedTuple):
    """A statement with its values. `prepares`: it was not prepared before."""

    key: tuple[str, tuple[int, ...]]
    name: bytes
    text: bytes
    values: Sequence[Buffer | None]
    formats: Sequence[Any] | None
    prepares: bool


class _Question(NamedTuple):
    text: str
    values: Values
    judge: Callable[[Row | None], None]


class Statements:
    """One at a time. The driver commits by itself; transactions are begun and ended here."""

    def __init__(self, driver: AsyncConnection[Any]) -> None:
        self._driver = driver
        self._libpq = driver.pgconn
        self._transformer = Transformer(driver)
        self._prepared: OrderedDict[tuple[str, tuple[int, ...]], bytes] = OrderedDict()
        self._count = 0
        self._begins = False
        self._question: _Question | None = None

    def run(self, text: str, values: Values) -> Rows:
        """Raises the driver's errors."""
        message = self._message(text, values)
        if message.prepares or self._begins or self._question is not None:
            result = self._after_others(message)
        else:
            self._libpq.send_query_prepared(message.name, message.values, message.formats)
            result = self._waited(execute(self._libpq))[-1]
        return self._read(result)

    def begin(self) -> None:
        """With the next statement."""
        self._begins = True

    def ask_before(self, text: str, values: Values, judge: Callable[[Row | None], None]) -> None:
        """With the next statement, before it: whose outcome is as nothing if `judge` raises something when it is given this
        one's first row. It is for who calls then to end the transaction."""
        self._question = _Question(text, values, judge)

    def commit(self) -> None:
        if self._begins:
            self._begins = False
        elif self._end(b"COMMIT") == b"ROLLBACK":
            raise errors.InFailedSqlTransaction("the transaction had failed")

    def rollback(self) -> None:
        """A connection that is lost has rolled back."""
        self._begins = False
        if self._libpq.transaction_status in _OPEN:
            with suppress(errors.OperationalError):
                self._end(b"ROLLBACK")

    def settle(self) -> bool:
        """Whether somebody else can have the connection. What was to go with a next statement does not go any more."""
        self._begins, self._question = False, None
        is_idle = self._libpq.transaction_status == TransactionStatus.IDLE
        return is_idle and self._libpq.pipeline_status == PipelineStatus.OFF

    def _end(self, command: bytes) -> bytes | None:
        self._libpq.send_query(command)
        result = self._waited(execute(self._libpq))[-1]
        self._require_good(result)
        status: bytes | None = result.command_status
        return status

    def _read(self, result: PGresult) -> Rows:
        self._require_good(result)
        self._transformer.set_pgresult(result)
        pacer = Pacer()
        rows: list[Row] = []
        for first in range(0, result.ntuples, _ROWS_AT_ONCE):
            last = min(first + _ROWS_AT_ONCE, result.ntuples)
            rows += self._transformer.load_rows(first, last, tuple)
            pacer.breathe()
        return Rows(result, rows)

    def _require_good(self, result: PGresult) -> None:
        if _is_good(result):
            return
        error = errors.error_from_result(result, self._driver.info.encoding)
        if isinstance(error, errors.FeatureNotSupported):
            self._libpq.finish()  # a table has changed, and with it what prepared statements answer
        raise error

    def _message(self, text: str, values: Values) -> _Message:
        parsed = _parsed(text)
        transformer = self._transformer
        given = transformer.dump_sequence([values[name] for name in parsed.names], parsed.formats)
        key = (text, transformer.types or ())
        name = self._prepared.get(key)
        if name is None:
            self._count += 1
            name, prepares = b"dataviz_%d" % self._count, True
        else:
            self._prepared.move_to_end(key)
            prepares = False
        return _Message(key, name, parsed.text, given, transformer.formats, prepares)

    def _after_others(self, message: _Message) -> PGresult:
        """What it answers when all that goes before it went well, otherwise what did not."""
        question, self._question = self._question, None
        begins, self._begins = self._begins, False
        if question is None:
            return self._sent_together([message], begins=begins)[0]
        asked = self._message(question.text, question.values)
        answer, result = self._sent_together([asked, message], begins=begins)
        question.judge(self._read(answer).fetchone())
        return result

    def _sent_together(self, messages: Sequence[_Message], *, begins: bool) -> list[PGresult]:
        """In one round trip. For each message what it answers, or what went wrong before it."""
        libpq = self._libpq
        libpq.enter_pipeline_mode()
        new = [each for each in messages if each.prepares]
        for each in new:
            libpq.send_prepare(each.name, each.text, each.key[1])
        if begins:
            libpq.send_query_params(_BEGIN, None)
        for each in messages:
            libpq.send_query_prepared(each.name, each.values, each.formats)
        libpq.pipeline_sync()
        answers = self._waited(_answers(libpq, len(new) + begins + len(messages)))
        libpq.exit_pipeline_mode()
        self._remember(each for each, answer in zip(new, answers, strict=False) if _is_good(answer))
        failed = next((each for each in answers if not _is_good(each)), None)
        return [
            failed if failed and answer.status == ExecStatus.PIPELINE_ABORTED else answer
            for answer in answers[-len(messages) :]
        ]

    def _remember(self, prepared: Iterable[_Message]) -> None:
        for each in prepared:
            self._prepared[each.key] = each.name
        while len(self._prepared) > MOST_PREPARED:
            _, oldest = self._prepared.popitem(last=False)
            self._libpq.send_close_prepared(oldest)
            self._waited(execute(self._libpq))

    def _waited(self, generator: PQGen[Answer]) -> Answer:
        try:
            wanted = next(generator)
            loop = get_running_loop()
            while True:
                wanted = generator.send(await_(_readiness(loop, self._libpq.socket, wanted)))
        except StopIteration as end:
            answer: Answer = end.value
            return answer
        except BaseException:
            self._libpq.finish()  # something is under way, and nobody will hear what became of it
            raise


def _answers(libpq: PGconn, count: int) -> PQGen[list[PGresult]]:
    """One to each of so many messages, before the one to the end of the round trip."""
    yield from send(libpq)
    answers = []
    for _ in range(count):
        answers += (yield from fetch_many(libpq))[-1:]
    yield from fetch_many(libpq)
    return answers


def _is_good(result: PGresult) -> bool:
    return result.status in _GOOD


def _readiness(loop: AbstractEventLoop, socket: int, wanted: Wait) -> "Future[Ready]":
    future: Future[Ready] = loop.create_future()

    def ready(state: Ready) -> None:
        loop.remove_reader(socket)
        if wanted & Wait.W:
            loop.remove_writer(socket)
        if not future.done():
            future.set_result(state)

    if wanted & Wait.R:
        loop.add_reader(socket, ready, Ready.R)
    if wanted & Wait.W:
        loop.add_writer(socket, ready, Ready.W)
    return future


@lru_cache(maxsize=1_024)
def _parsed(text: str) -> _Parsed:
    names: dict[str, str] = {}

    def numbered(match: re.Match[str]) -> str:
        name = match[1]
        return "%" if name is None else names.setdefault(name, f"${len(names) + 1}")

    encoded = _PARAMETER.sub(numbered, text).encode()
    return _Parsed(encoded, tuple(names), (PyFormat.AUTO,) * len(names))
