"""The Hub's fixtures, for the tests of the Hub itself."""

from __future__ import annotations

from tests.hub.fixture import hub, hub_certificates, hub_no_proxy, hub_tls, storage

__all__ = ["hub", "hub_certificates", "hub_no_proxy", "hub_tls", "storage"]
