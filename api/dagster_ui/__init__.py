"""Dagster's UI behind our log-in: whoever may view pipelines sees all of it, whoever may operate them may change things.

Everything is forwarded to the webserver on this machine. What is asked of its GraphQL is read here and written anew, so that
Dagster cannot understand a request in another way than it was judged.
"""

from api.dagster_ui.routes import router

__all__ = ["router"]
