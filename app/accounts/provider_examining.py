"""What `condyle doctor` looks at of the hospital's provider: whether it can be asked."""

from collections.abc import Iterator

from app.checks import Check, refused
from app.errors import CondyleError
from app.settings import Settings


def examine(settings: Settings) -> Iterator[Check]:
    """Look at the provider, where the settings name one."""
    if not settings.oidc_issuer:
        return
    from app.accounts.provider import Provider  # reading its tokens takes long to load
    from app.accounts.provider_people import roles_of

    try:
        roles_of(settings)
        Provider(settings).known()
    except CondyleError as error:
        yield refused(error)
    else:
        yield Check(True, f"The provider {settings.oidc_issuer} answers.")
