"""Users, organisations and tokens: who asks, and what they may do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal, get_args

from .errors import INVALID_TOKEN, NOT_LOGGED_IN, HubError

Role = Literal["read", "write"]
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,40}[A-Za-z0-9])?")


@dataclass(frozen=True)
class Identity:
    """One token: whose it is, its role, and the organisations of its user."""

    name: str
    token: str
    role: Role
    orgs: tuple[str, ...]

    @property
    def namespaces(self) -> tuple[str, ...]:
        """The namespaces in which this user's repositories may stand."""
        return (self.name, *self.orgs)

    def whoami(self) -> dict[str, Any]:
        """The body of ``GET /api/whoami-v2``."""
        return {
            "type": "user",
            "id": f"id-of-{self.name}",
            "name": self.name,
            "fullname": self.name,
            "isPro": False,
            "orgs": [
                {"type": "org", "id": f"id-of-{org}", "name": org, "fullname": org}
                | {"roleInOrg": "write"}
                for org in self.orgs
            ],
            "auth": {
                "type": "access_token",
                "accessToken": {"displayName": f"{self.name}-{self.role}", "role": self.role},
            },
        }


class Accounts:
    """All tokens that the Hub knows."""

    def __init__(self) -> None:
        self._by_token: dict[str, Identity] = {}

    def add(self, name: str, token: str, role: Role = "write", orgs: tuple[str, ...] = ()) -> None:
        """Let a token act for a user; one user may have several tokens.

        Raises
        ------
        ValueError
            A name that cannot be a namespace, an unknown role, an empty token or one in use.
        """
        for namespace in (name, *orgs):
            if not _NAME.fullmatch(namespace):
                raise ValueError(f"name and orgs must be namespaces of the Hub, not {namespace!r}")
        if role not in get_args(Role):
            raise ValueError(f"role must be one of {get_args(Role)}, not {role!r}")
        if not token or token in self._by_token:
            raise ValueError(f"token must be new and not empty, not {token!r}")
        self._by_token[token] = Identity(name, token, role, tuple(orgs))

    def identify(self, authorization: str | None) -> Identity | None:
        """Who sends this ``Authorization`` header; None without one.

        Raises
        ------
        HubError
            401 for a header that is no Bearer token of this Hub.
        """
        if authorization is None:
            return None
        scheme, _, token = authorization.partition(" ")
        identity = self._by_token.get(token.strip())
        if scheme.lower() != "bearer" or identity is None:
            raise HubError(401, INVALID_TOKEN)
        return identity


def require_user(identity: Identity | None) -> Identity:
    """The identity, or 401 for a request without a token."""
    if identity is None:
        raise HubError(401, NOT_LOGGED_IN)
    return identity


def require_write(identity: Identity | None, namespace: str, action: str) -> Identity:
    """The identity if it may write in a namespace, or 401 or 403."""
    user = require_user(identity)
    if user.role != "write":
        raise HubError(403, f"Forbidden: you must use a write token to {action}")
    if namespace not in user.namespaces:
        raise HubError(
            403, f'You don\'t have the rights to {action} under the namespace "{namespace}"'
        )
    return user


def hidden(identity: Identity | None) -> HubError:
    """What the Hub answers for a repository that is missing, or private and not the asker's.

    Without a token it is 401 in both cases, so that names of private repositories do not leak.
    """
    if identity is None:
        return HubError(401, NOT_LOGGED_IN)
    return HubError(404, "Repository not found", code="RepoNotFound")
