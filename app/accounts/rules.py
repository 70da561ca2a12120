"""People: who there is, what they may do, and whether they may come in.

Nobody has a password until they set it by a one-time link.
"""

from collections.abc import Sequence

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app import errors, log_ins, tokens
from app.accounts import bound, links, requirement, roles
from app.audit import record
from app.db.people import LogIn, User
from app.texts import _


def people(session: Session) -> Sequence[User]:
    """Return everybody, active ones first, by name."""
    return session.scalars(select(User).order_by(User.active.desc(), func.lower(User.name))).all()


def find(session: Session, user_id: int) -> User:
    """Return a person, or raise `errors.NotFound`."""
    user = session.get(User, user_id)
    if user is None:
        raise errors.NotFound(
            _("There is no such person."),
            _("person {number}", number=user_id),
            _("Reload the list."),
        )
    return user


def find_by_name(session: Session, name: str) -> User:
    """Return a person by name, in capitals or not, or raise `errors.NotFound`."""
    user = session.scalar(named(name))
    if user is None:
        raise errors.NotFound(
            _("There is no such person."), _("the name"), _("Look at the page People.")
        )
    return user


def add_person(session: Session, name: str, role: str, by: User | None = None) -> tuple[User, str]:
    """Add a person without a password.

    Args:
        session: an open unit of work.
        name: what they log in with; 1 to 64 characters.
        role: `reader` or `admin`.
        by: the admin who asks, None for the command line.

    Returns:
        The person, and the token of the link by which they set their password.

    Raises:
        errors.Refused: the name or the role is not usable.
        errors.Conflict: somebody has that name.
    """
    name = usable_name(name)
    roles.require_known([role])
    if session.scalar(named(name)) is not None:
        raise errors.Conflict(
            _("Somebody has that name already."), "name", _("Choose another name.")
        )
    user = User(name=name, role=role)
    session.add(user)
    session.flush()
    record(session, by, "invite", f"person {user.id}", role=role)
    return user, links.new_link(session, user, by)


def usable_name(name: str) -> str:
    """Return a name without the spaces around it.

    Raises:
        errors.Refused: it is empty, longer than 64 characters, or cannot be printed.
    """
    name = name.strip()
    if not 1 <= len(name) <= 64 or not name.isprintable():
        raise errors.Refused(_("The name cannot be used."), "name", _("Enter 1 to 64 characters."))
    return name


def change_role(session: Session, user_id: int, role: str, by: User) -> None:
    """Give a person the other role; one that needs a second factor they lack logs them out.

    Raises:
        errors.Conflict: they are the last admin, or log in at the provider.
    """
    roles.require_known([role])
    user = find(session, user_id)
    bound.require_own(session, user_id)
    if role != "admin":
        _keep_an_admin(session, user)
    record(session, by, "change role", f"person {user.id}", before=user.role, after=role)
    user.role = role
    requirement.hold_to(session, user)


def deactivate(session: Session, user_id: int, by: User) -> None:
    """Keep a person out from now on, and write to them no more; what they labelled stays theirs.

    Raises:
        errors.Conflict: they are the last admin.
    """
    user = find(session, user_id)
    _keep_an_admin(session, user)
    user.active, user.mail_address = False, None
    log_ins.end_where(session, LogIn.user_id == user.id)
    tokens.revoke_all(session, user.id)
    links.void(session, user.id)
    record(session, by, "deactivate", f"person {user.id}")


def activate(session: Session, user_id: int, by: User) -> None:
    """Let a deactivated person log in again."""
    user = find(session, user_id)
    user.active = True
    record(session, by, "activate", f"person {user.id}")


def named(name: str) -> Select[User]:
    """Return the query of the person with a name, in capitals or not."""
    return select(User).where(func.lower(User.name) == name.strip().lower())


def _keep_an_admin(session: Session, user: User) -> None:
    # The rows are locked: two admins who remove each other at once must not both succeed. Not for
    # events that name these people: who writes one has the head of the audit log, which comes last.
    able = session.scalars(
        select(User)
        .where(User.role == "admin", User.active.is_(True), User.password_hash.is_not(None))
        .order_by(User.id)
        .with_for_update(key_share=True)
    ).all()
    if [admin.id for admin in able] == [user.id]:
        raise errors.Conflict(
            _("This is the last admin."),
            _("person {number}", number=user.id),
            _("Make somebody else an admin first."),
        )
