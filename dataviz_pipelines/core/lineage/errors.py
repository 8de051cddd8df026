from dataviz_pipelines.core.errors import InvalidInputError


class UnreadableQueryError(InvalidInputError):
    """Nobody can say what this text reads. It is not safe to say that it reads nothing."""
