"""By which server mails go, and from whom: as the settings say."""

from app import errors
from app.notifications.addresses import is_address
from app.outgoing.address import Unusable
from app.outgoing.credentials import name_and_password
from app.outgoing.smtp import Post, parse
from app.settings import Settings


def post_of(settings: Settings) -> Post:
    """Return by which server mails go.

    Args:
        settings: of this process, with a mail server.

    Raises:
        errors.Refused: one of them cannot be used.
    """
    try:
        server = parse(settings.mail_server)
    except Unusable as error:
        raise errors.Refused(
            f"The address of the mail server cannot be used: {error}.",
            "CONDYLE_MAIL_SERVER",
            "Write it like smtp://mail.example:587 or smtps://mail.example.",
        ) from error
    if not is_address(settings.mail_from):
        raise errors.Refused(
            "The sender of mails is no mail address.",
            "CONDYLE_MAIL_FROM",
            "Write the address that mails are to come from, like condyle@hospital.example.",
        )
    name, password = name_and_password(settings.mail_credentials, "CONDYLE_MAIL_CREDENTIALS")
    return Post(server, settings.mail_from, name, password, settings.mail_authorities)
