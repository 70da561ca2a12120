"""The hospital's own log-in: an OpenID Connect provider, asked by the code flow with PKCE.

Nothing it says is believed unless its signature, issuer, audience, time and nonce are right. All
requests go to addresses that were checked, and none of its redirects is followed.
"""

import base64
import hashlib
import http.client
import json
import threading
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import BaseModel, ValidationError

from app import errors
from app.accounts.provider_address import ISSUER, allowed, read
from app.accounts.provider_claims import Asked, Expected, Said, believed, untrue
from app.outgoing.address import Server, resolve
from app.outgoing.connection import Reply, get, post
from app.settings import Settings
from app.texts import _

SECONDS = 10.0
"""That one answer may take."""
MOST_BYTES = 2**20
KEPT_SECONDS = 600.0
"""For how long what a provider says of itself is not asked again."""
ALONE_SECONDS = 5.0
"""For how long one that has failed is not asked again."""
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
"""Of signatures: by a key that only the provider has. Neither `none` nor a shared secret."""
DISCOVERY = "/.well-known/openid-configuration"


class Away(errors.Unavailable):
    """The provider does not answer, or not as one."""


class Metadata(BaseModel):
    """What a provider says of itself (OpenID Connect Discovery 1.0)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str = ""
    token_endpoint_auth_methods_supported: list[str] = ["client_secret_basic"]


class Provider:
    """One provider, as the settings name it.

    Args:
        settings: with an issuer.

    Raises:
        errors.Refused: the address of the issuer cannot be used.
    """

    def __init__(self, settings: Settings) -> None:
        if not settings.oidc_client_id:
            raise errors.Refused(
                "The provider calls this Condyle nothing.",
                "CONDYLE_OIDC_CLIENT_ID",
                "Set the client ID that the provider has for it.",
            )
        self.issuer = settings.oidc_issuer
        self._client, self._secret = settings.oidc_client_id, settings.oidc_client_secret
        self._scopes, self._claim = settings.oidc_scopes, settings.oidc_groups_claim
        self._server = read(self.issuer, ISSUER)
        self._lock = threading.Lock()
        self._known: tuple[Metadata, KeySet] | None = None
        self._until = float("-inf")
        self._failure: Away | None = None
        self._failed_until = float("-inf")

    def address(self, asked: Asked, back: str) -> str:
        """Return where a browser is sent to log in.

        Args:
            asked: what it has to come back with.
            back: our own address that it comes back to.

        Raises:
            Away: the provider does not answer.
        """
        challenge = hashlib.sha256(asked.verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self._client,
            "redirect_uri": back,
            "scope": self._scopes,
            "state": asked.state,
            "nonce": asked.nonce,
            "code_challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        metadata, _keys = self.known()
        return f"{metadata.authorization_endpoint}?{urlencode(query)}"

    def end_address(self, back: str) -> str:
        """Return where a browser is sent to log out; an empty string where that cannot be done.

        Raises:
            Away: the provider does not answer.
        """
        metadata, _keys = self.known()
        if not metadata.end_session_endpoint:
            return ""
        query = {"client_id": self._client, "post_logout_redirect_uri": back}
        return f"{metadata.end_session_endpoint}?{urlencode(query)}"

    def said(self, asked: Asked, code: str, back: str) -> Said:
        """Return what the provider says of somebody who came back with a code.

        Args:
            asked: what the browser was sent away with.
            code: that it came back with.
            back: the address it came back to.

        Raises:
            Away: the provider does not answer.
            Untrue: the code is refused, or the token not to be believed.
        """
        metadata, _keys = self.known()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "code_verifier": asked.verifier,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        methods = metadata.token_endpoint_auth_methods_supported
        if "client_secret_basic" not in methods and "client_secret_post" in methods:
            form |= {"client_id": self._client, "client_secret": self._secret}
        else:
            pair = f"{quote(self._client, safe='')}:{quote(self._secret, safe='')}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        reply = self._ask(metadata.token_endpoint, urlencode(form).encode(), headers)
        if reply.status in (400, 401):
            raise untrue()
        answer = _object(reply)
        return believed(
            self._signed(str(answer.get("id_token", ""))),
            Expected(self.issuer, self._client, asked.nonce),
            self._claim,
        )

    def known(self) -> tuple[Metadata, KeySet]:
        """Return what the provider says of itself, and its keys; asked every ten minutes.

        One that has just failed is left alone for a few seconds: nobody waits for it in a line.

        Raises:
            Away: the provider does not answer, or is not the one that the setting names.
        """
        with self._lock:
            now = time.monotonic()
            if self._known is not None and now < self._until:
                return self._known
            if self._failure is not None and now < self._failed_until:
                raise away(self._failure.where)
            try:
                self._known, self._failure = self._look(), None
            except Away as failure:
                self._failure, self._failed_until = failure, time.monotonic() + ALONE_SECONDS
                raise
            self._until = time.monotonic() + KEPT_SECONDS
            return self._known

    def forget(self) -> None:
        """Ask the provider again the next time: it may have new keys."""
        with self._lock:
            self._until = float("-inf")

    def _look(self) -> tuple[Metadata, KeySet]:
        try:
            about = _object(self._ask(self.issuer.rstrip("/") + DISCOVERY))
            metadata = Metadata.model_validate(about)
            for address in (metadata.authorization_endpoint, metadata.end_session_endpoint):
                if address:
                    read(address, ISSUER)
            written = _object(self._ask(metadata.jwks_uri))["keys"]
            keys = [each for each in written if each.get("kty") in ("RSA", "EC")]
            signing = [each for each in keys if each.get("use", "sig") == "sig"]
            known = KeySet.import_key_set({"keys": signing})
        except (
            ValidationError,
            JoseError,
            KeyError,
            TypeError,
            ValueError,
            AttributeError,
        ) as error:
            raise away(_("it does not answer as a provider does")) from error
        except errors.Refused as error:
            raise away(error.what) from error
        if metadata.issuer != self.issuer:
            raise away(_("it calls itself by another address"))
        return metadata, known

    def _signed(self, token: str) -> dict[str, Any]:
        """Return the claims of a token by a key of the provider's; keys are asked for once more."""
        for last in (False, True):
            try:
                return jwt.decode(token, self.known()[1], algorithms=ALGORITHMS).claims
            except (JoseError, ValueError) as error:
                if last:
                    raise untrue() from error
                self.forget()
        raise AssertionError

    def _ask(
        self, address: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        try:
            server = read(address, ISSUER)
            numbers = self._numbers(server)
            sent = {"Accept": "application/json", "Connection": "close", **(headers or {})}
            if body is None:
                return get(server, numbers, sent, SECONDS, MOST_BYTES)
            return post(server, numbers, body, sent, SECONDS, MOST_BYTES)
        except errors.Refused as error:
            raise away(error.what) from error
        except (OSError, UnicodeError, http.client.HTTPException) as error:
            raise away(_("there is no connection")) from error

    def _numbers(self, server: Server) -> list[str]:
        """A provider on the internet leads nowhere into the house."""
        numbers = resolve(server)
        at_home = numbers if server.host == self._server.host else resolve(self._server)
        if not allowed(server, numbers, at_home):
            raise errors.Refused(_("Nothing may be sent to this address."), str(server))
        return numbers


def away(why: str) -> Away:
    """Return what is said where the provider cannot be asked."""
    return Away(
        _("The hospital's log-in cannot be used at the moment."),
        why,
        _("Try again in a moment. Who has a password here can log in with it meanwhile."),
    )


def _object(reply: Reply) -> dict[str, Any]:
    if reply.status != 200:
        raise away(_("it answers with status {status}", status=reply.status))
    try:
        found = json.loads(reply.body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise away(_("it does not answer as a provider does"))
    return found
