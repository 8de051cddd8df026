"""The terms by which names are found: the short way to them makes what the long one makes."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

LONG_NAMES = st.builds(str.__mul__, st.text("ab_", min_size=1, max_size=7), st.integers(60, 120))
NAMES = st.text("ab1_Zé $", max_size=12) | LONG_NAMES


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(NAMES, max_size=30))
def test_plain_names_have_the_terms_that_others_have(app_engine: Engine, names: list[str]) -> None:
    different = text(
        "SELECT name FROM unnest(CAST(:names AS text[])) AS given (name) WHERE search_terms(name, NULL, NULL, '[]') "
        "IS DISTINCT FROM search_terms(name, NULL, '', '[]')"
    )
    with app_engine.connect() as connection:
        assert connection.scalars(different, {"names": names}).all() == []


def test_what_is_said_of_a_plain_name_is_found(app_engine: Engine) -> None:
    said = text("SELECT search_terms('price', 'In Euro', 'net', '[\"sales\"]')::text")
    with app_engine.connect() as connection:
        assert connection.scalar(said) == "'=price' 'price' '~euro' '~in' '~net' '~sales'"
