"""Users, organisations and tokens: who asks, and what they may do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal, get_args

from .errors import INVALID_TOKEN, NOT_LOGGED_IN, HubError

Role = Literal["read", "write", "fineGrained"]
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,40}[A-Za-z0-9])?")


@dataclass(frozen=True)
class Identity:
    """One token: whose it is, its role, and the organisations of its user."""

    name: str
    token: str
    role: Role
    orgs: tuple[str, ...]
    scopes: tuple[tuple[str, str], ...] = ()

    def may_write(self, repo_id: str) -> bool:
        """Whether the token allows it: for a fine-grained one, by its scopes."""
        if self.role != "fineGrained":
            return self.role == "write"
        allowed = {name for name, scope in self.scopes if scope == "repo.write"}
        return bool(allowed & {repo_id, repo_id.partition("/")[0]})

    @property
    def namespaces(self) -> tuple[str, ...]:
        """The namespaces in which this user may have repositories."""
        return (self.name, *(org.partition(":")[0] for org in self.orgs))

    def whoami(self) -> dict[str, Any]:
        """The body of ``GET /api/whoami-v2``."""
        token: dict[str, Any] = {"displayName": f"{self.name}-{self.role}", "role": self.role}
        if self.role == "fineGrained":
            token["fineGrained"] = {
                "global": [],
                "scoped": [
                    {"entity": {"type": "user", "name": name}, "permissions": [scope]}
                    for name, scope in self.scopes
                ],
            }
        roles = [org.partition(":")[::2] for org in self.orgs]
        return {
            "type": "user",
            "id": f"id-of-{self.name}",
            "name": self.name,
            "fullname": self.name,
            "isPro": False,
            "orgs": [
                {"type": "org", "id": f"id-of-{org}", "name": org, "fullname": org}
                | {"roleInOrg": role or "write"}
                for org, role in roles
            ],
            "auth": {
                "type": "access_token",
                "accessToken": token,
            },
        }


class Accounts:
    """All tokens that the Hub knows."""

    def __init__(self) -> None:
        self._by_token: dict[str, Identity] = {}

    def add(
        self,
        name: str,
        token: str,
        role: Role = "write",
        orgs: tuple[str, ...] = (),
        scopes: tuple[tuple[str, str], ...] = (),
    ) -> None:
        """Let a token act for a user; one user may have several tokens.

        An organisation may be given as NAME:ROLE. `scopes` are pairs of a namespace or repository
        and what a fine-grained token may do there.

        Raises
        ------
        ValueError
            A name that cannot be a namespace, an unknown role, an empty token or one in use.
        """
        for namespace in (name, *(org.partition(":")[0] for org in orgs)):
            if not _NAME.fullmatch(namespace):
                raise ValueError(f"name and orgs must be namespaces of the Hub, not {namespace!r}")
        if role not in get_args(Role):
            raise ValueError(f"role must be one of {get_args(Role)}, not {role!r}")
        if not token or token in self._by_token:
            raise ValueError(f"token must be new and not empty, not {token!r}")
        self._by_token[token] = Identity(name, token, role, tuple(orgs), tuple(scopes))

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


def require_write(identity: Identity | None, repo_id: str, action: str) -> Identity:
    """The identity if it may write to a repository, or 401 or 403."""
    user = require_user(identity)
    namespace = repo_id.partition("/")[0]
    if not user.may_write(repo_id):
        raise HubError(403, f"Forbidden: you must use a write token to {action}")
    if namespace not in user.namespaces or f"{namespace}:read" in user.orgs:
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
