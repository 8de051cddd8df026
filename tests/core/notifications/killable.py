"""A process that delivers what is due, and can be killed at a moment of the test's choice. Settings come from its environment."""

from dataviz_pipelines.core.db import create_database_engine, database_urls
from dataviz_pipelines.core.notifications.deliverer import Deliverer
from dataviz_pipelines.core.settings import Settings


def main() -> None:
    settings = Settings()
    engine = create_database_engine(database_urls(settings).app, application_name="killable")
    Deliverer(engine, settings).look(patience_s=60)


if __name__ == "__main__":
    main()
