"""People who log in at the hospital's provider: who they are here, and what they may do.

A person is the issuer and the subject that it names for ever; a name or a mail address, which may
be given to somebody else, makes nobody anybody.
"""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app import errors, log_ins, tokens
from app.accounts import rules
from app.accounts.provider_claims import Said
from app.audit import record
from app.db.clock import moment
from app.db.people import ROLES, LogIn, ProviderIdentity, UsedState, User
from app.settings import Settings

SETTING = "CONDYLE_OIDC_ROLES"
STATE_LASTS = timedelta(minutes=15)
LONGEST_NAME = 58
"""Six less than a name may have: another of the same name gets a number."""


def roles_of(settings: Settings) -> Mapping[str, str]:
    """Return the role of each group, as the setting says.

    Raises:
        errors.Refused: it cannot be read, or names no group.
    """
    pairs = [each.rpartition("=") for each in settings.oidc_roles.split(",") if each.strip()]
    found = {group.strip().removeprefix("/"): role.strip() for group, _equals, role in pairs}
    if not found or "" in found or not set(found.values()) <= set(ROLES):
        raise errors.Refused(
            "The groups of the provider have no roles.",
            SETTING,
            "Write it like knee-admins=admin, knee-readers=reader.",
        )
    return found


def role_for(said: Said, roles: Mapping[str, str]) -> str | None:
    """Return the role that somebody's groups give; None where none of them gives one."""
    given = {roles[group] for group in said.groups if group in roles}
    return "admin" if "admin" in given else "reader" if given else None


def admit(session: Session, issuer: str, said: Said, role: str | None) -> User | None:
    """Return whom the provider has let in, with the role of the moment; None: they stay out.

    Either is recorded. Who is new is added. Who has no role any more is logged out everywhere,
    and their tokens end.

    Args:
        session: an open unit of work, which the caller commits also where somebody stays out.
        issuer: the provider.
        said: what it has said.
        role: that the groups give.
    """
    identity = session.get(ProviderIdentity, (issuer, said.subject))
    user = rules.find(session, identity.user_id) if identity else None
    if role is None or (user is not None and not user.active):
        why = "no group" if role is None else "deactivated"
        subject = f"person {user.id}" if user else "unknown name"
        record(session, user, "fail to log in", subject, provider=why)
        if user is not None:
            log_ins.end_where(session, LogIn.user_id == user.id)
            tokens.revoke_all(session, user.id)
        return None
    if user is None:
        user = User(name=_free_name(session, said.name), role=role)
        session.add(user)
        session.flush()
        identity = ProviderIdentity(issuer=issuer, subject=said.subject, user_id=user.id)
        session.add(identity)
        record(session, user, "come from provider", f"person {user.id}", role=role)
    elif user.role != role:
        change = {"before": user.role, "after": role, "provider": True}
        record(session, user, "change role", f"person {user.id}", **change)
        user.role = role
    record(session, user, "log in", f"person {user.id}", provider=True)
    return user


def use_up(session: Session, state: str) -> bool:
    """Note that somebody came back with a state; False where somebody has before."""
    at, digest = moment(session), log_ins.digest(state)
    session.execute(delete(UsedState).where(UsedState.expires_at < at))
    if session.scalar(select(UsedState.state_digest).where(UsedState.state_digest == digest)):
        return False
    session.add(UsedState(state_digest=digest, expires_at=at + STATE_LASTS))
    session.flush()
    return True


def _free_name(session: Session, named: str) -> str:
    plain = "".join(letter for letter in named if letter.isprintable()).strip()
    plain = plain[:LONGEST_NAME].strip() or "person"
    number, name = 1, plain
    while session.scalar(rules.named(name)) is not None:
        number += 1
        name = f"{plain} {number}"
    return name
