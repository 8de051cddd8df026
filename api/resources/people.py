"""People as everybody who is logged in may see them: who somebody is, not how they log in."""

from typing import Final

from api.resources.resource import table
from dataviz_pipelines.core.crud import Collection, Named
from dataviz_pipelines.core.models.tables import User
from dataviz_pipelines.core.security.rows import ALWAYS, Everybodys

SHOWN: Final = frozenset({"id", "first_name", "last_name", "avatar_url"})

PEOPLE: Final = Collection(
    name="people",
    one="person",
    table=table(User),
    policy=Everybodys("users", public=ALWAYS),
    hidden=frozenset(table(User).columns.keys()) - SHOWN,
)

OWNER: Final = Named(PEOPLE, "created_by")
