"""Names that a command is given, before anything is done with them."""

import click


def check_slug(name: str, what: str) -> None:
    """Refuse what can be the name of no `what`.

    Raises:
        click.UsageError: it says how such names are written.

    """
    from pydantic import TypeAdapter, ValidationError

    from schemas.model import Slug

    try:
        TypeAdapter(Slug).validate_python(name)
    except ValidationError as error:
        raise click.UsageError(
            f"{name!r} is no {what}: small letters, digits and hyphens, 40 at most"
        ) from error
