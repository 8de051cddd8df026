"""Who has which roles, owns what, and shares it with whom: as hypothesis makes it up, and the rules as plain Python."""

from dataclasses import dataclass
from typing import Final

from hypothesis import strategies

from dataviz_pipelines.core.schema.seeds import ROLES

PEOPLE: Final = 3
PLURALS: Final = {
    "dashboard": "dashboards",
    "visualization": "visualizations",
    "saved_query": "saved_queries",
    "data_source": "data_sources",
    "theme": "themes",
}
PUBLISHED: Final = ("dashboard", "visualization", "theme")
LEVELS: Final = {"view": 1, "edit": 2, "manage": 3}


@dataclass(frozen=True)
class Thing:
    """`owner` is a person's number, None: nobody's. `on` is the number of the data source of a query or a visualization."""

    kind: str
    owner: int | None
    is_public: bool
    on: int


@dataclass(frozen=True)
class Grant:
    """`principal` is a person's number or a role's name."""

    thing: int
    principal: int | str
    level: str
    has_expired: bool


@dataclass(frozen=True)
class World:
    """The first thing is a data source; what is on one is on that."""

    roles: tuple[frozenset[str], ...]
    things: tuple[Thing, ...]
    grants: frozenset[Grant]

    def may(self, person: int, action: str, number: int) -> bool:
        """What docs/sharing.md says."""
        thing = self.things[number]
        plural = PLURALS[thing.kind]
        if self._granted(person, action, number):
            return True
        if not self._has(person, f"{plural}:{action}"):
            return False
        is_shown = action == "view" and thing.is_public
        return is_shown or thing.owner == person or self._has(person, f"{plural}:manage")

    def may_share(self, person: int, number: int) -> bool:
        thing = self.things[number]
        plural = PLURALS[thing.kind]
        if self._granted(person, "manage", number):
            return True
        if not (self._has(person, "grants:view") and self._has(person, f"{plural}:view")):
            return False
        return thing.owner == person or self._has(person, f"{plural}:manage")

    def _has(self, person: int, permission: str) -> bool:
        held = [each for role in self.roles[person] for each in ROLES[role][1]]
        return permission in held or "*" in held

    def _granted(self, person: int, action: str, number: int) -> bool:
        return any(
            grant.thing == number
            and not grant.has_expired
            and (grant.principal == person or grant.principal in self.roles[person])
            and LEVELS[grant.level] >= LEVELS[action]
            for grant in self.grants
        )


_roles = strategies.frozensets(strategies.sampled_from(sorted(ROLES)), max_size=2)
_owner = strategies.one_of(strategies.none(), strategies.integers(0, PEOPLE - 1))


@strategies.composite
def worlds(draw: strategies.DrawFn) -> World:
    source = Thing("data_source", draw(_owner), is_public=False, on=0)
    others = draw(strategies.lists(_things(), min_size=1, max_size=7))
    things = (source, *others)
    grants = draw(strategies.frozensets(_grants(len(things)), max_size=8))
    roles = draw(strategies.tuples(*[_roles] * PEOPLE))
    return World(roles, things, _one_of_each_level(grants))


def _one_of_each_level(grants: frozenset[Grant]) -> frozenset[Grant]:
    """As the database has it: the same thing is shared with the same principal once at each level."""
    known = {(each.thing, each.principal, each.level): each for each in grants}
    return frozenset(known.values())


@strategies.composite
def _things(draw: strategies.DrawFn) -> Thing:
    kind = draw(strategies.sampled_from(sorted(PLURALS)))
    is_public = kind in PUBLISHED and draw(strategies.booleans())
    return Thing(kind, draw(_owner), is_public, on=0)


@strategies.composite
def _grants(draw: strategies.DrawFn, things: int) -> Grant:
    principal = strategies.one_of(
        strategies.integers(0, PEOPLE - 1), strategies.sampled_from(sorted(ROLES))
    )
    return Grant(
        draw(strategies.integers(0, things - 1)),
        draw(principal),
        draw(strategies.sampled_from(sorted(LEVELS))),
        draw(strategies.booleans()),
    )
