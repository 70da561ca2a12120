"""What `condyle doctor` looks at of mails: the server, and whether they get there."""

from collections.abc import Iterator

from sqlalchemy.exc import SQLAlchemyError

from app import errors
from app.checks import Check, reading, refused
from app.notifications import mails
from app.notifications.faults import FAULTS
from app.notifications.post import post_of
from app.outgoing import smtp
from app.outgoing.smtp import NotSent
from app.settings import Settings


def examine(settings: Settings) -> Iterator[Check]:
    """Look at the mail server, where one is set; it is connected to, and sent nothing."""
    if not settings.mail_server:
        return
    try:
        post = post_of(settings)
        smtp.try_out(post)
        with reading(settings) as session:
            found = mails.standing(session)
    except NotSent as error:
        yield Check(False, f"No mail is sent by {post.server}: {_said(error)}")
        return
    except errors.CondyleError as error:
        yield refused(error)
        return
    except SQLAlchemyError as error:
        yield Check(False, f"It is not known which mails wait ({type(error).__name__}).")
        return
    if not settings.public_url:
        yield Check(False, "Mails have no links: set CONDYLE_PUBLIC_URL to the address in use.")
    if found.late:
        do = "start a worker with CONDYLE_MAIL_SERVER, or such a `condyle deliver`"
        yield Check(False, f"Mails wait and nobody sends them: {do}.")
    elif found.failed:
        last = FAULTS.get(found.fault, "the last one was sent.")
        yield Check(
            False, f"{found.failed:,} mails were given up in {mails.KEPT.days} days: {last}"
        )
    else:
        yield Check(True, f"Mails go by {post.server}: {found.waiting:,} wait.")


def _said(error: NotSent) -> str:
    answer = f" It answered {error.status} {error.answer}" if error.status else ""
    return FAULTS[error.fault] + answer
