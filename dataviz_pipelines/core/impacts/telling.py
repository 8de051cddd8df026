"""Who hears of a change: whoever owns what it breaks, once for each time that somebody looks at the data source."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final
from uuid import UUID

from dataviz_pipelines.core.impacts.things import Impact, Thing, worst
from dataviz_pipelines.core.models.metadata import Effect
from dataviz_pipelines.core.models.notifications import Severity
from dataviz_pipelines.core.notifications import Notice

KIND: Final = "source_changed"
_MOST_THINGS: Final = 20
_MOST_REASONS: Final = 3
_ORDER: Final = tuple(Effect)


def notices(source_name: str, impacts: Iterable[Impact]) -> Iterator[tuple[UUID, Notice]]:
    """One for each owner. What is unknown and not even mentioned is kept to be looked up, and told to nobody."""
    by_owner: dict[UUID, dict[Thing, list[Impact]]] = defaultdict(lambda: defaultdict(list))
    for impact in impacts:
        if impact.thing.owner_id is not None and impact.change is not None:
            by_owner[impact.thing.owner_id][impact.thing].append(impact)
    for owner_id, things in by_owner.items():
        yield owner_id, _notice(source_name, things)


def _notice(source_name: str, things: dict[Thing, list[Impact]]) -> Notice:
    ordered = sorted(things.items(), key=lambda item: (_ORDER.index(_worst(item[1])), item[0].name))
    broken = sum(_worst(impacts) == Effect.BREAKS for impacts in things.values())
    what = f"{broken} broken" if broken else f"{len(things)} perhaps broken"
    lines = [_line(thing, impacts) for thing, impacts in ordered[:_MOST_THINGS]]
    if len(ordered) > _MOST_THINGS:
        lines.append(f"… and {len(ordered) - _MOST_THINGS} more.")
    run_id = ordered[0][1][0].run_id
    return Notice(
        KIND,
        f"{what} of what you made: {source_name} has changed",
        "\n".join(lines),
        f"/change-impacts?discovery_run_id={run_id}",
        Severity.WARNING if broken else Severity.INFO,
    )


def _line(thing: Thing, impacts: Sequence[Impact]) -> str:
    ordered = sorted(impacts, key=lambda impact: _ORDER.index(impact.effect))
    reasons = list(dict.fromkeys(impact.reason for impact in ordered))
    more = f" … and {len(reasons) - _MOST_REASONS} more." if len(reasons) > _MOST_REASONS else ""
    kind = thing.type.replace("_", " ").capitalize()
    verb = "is broken" if _worst(impacts) is Effect.BREAKS else "may be broken"
    return f"{kind} “{thing.name}” {verb}: {' '.join(reasons[:_MOST_REASONS])}{more}"


def _worst(impacts: Iterable[Impact]) -> Effect:
    return worst(impact.effect for impact in impacts) or Effect.UNKNOWN
