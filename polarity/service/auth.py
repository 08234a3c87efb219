"""Bearer keys: who may ask."""

import secrets
from collections.abc import Sequence

from fastapi import Request
from fastapi.security import HTTPBearer
from pydantic import SecretStr

from polarity.service.problems import ProblemError

SCHEME = HTTPBearer(auto_error=False, description="One of the keys in `service.api_keys`.")


class KeyGuard:
    """Lets a request pass with one of the keys; without any key, every request.

    >>> KeyGuard([SecretStr("s3cret")]).knows("s3cret")
    True
    """

    def __init__(self, keys: Sequence[SecretStr]) -> None:
        self._keys = tuple(key.get_secret_value().encode() for key in keys)

    async def check(self, request: Request) -> None:
        """Let pass or refuse.

        Raises:
            ProblemError: there is no key, or it is unknown; the two are not told apart.
        """
        if not self._keys:
            return
        credentials = await SCHEME(request)
        if credentials is None or not self.knows(credentials.credentials):
            raise ProblemError(
                "unauthorized", "send the header 'Authorization: Bearer <key>' with a valid key"
            )

    async def demand(self, request: Request) -> None:
        """Let pass a holder of a key, and nobody where there is no key: for what is not everybody's.

        Raises:
            ProblemError: this is not such a request.
        """
        if not self._keys:
            raise ProblemError("not_found", "this address is for holders of a key: set service.api_keys")
        await self.check(request)

    def knows(self, key: str) -> bool:
        """Say whether a key, decoded as headers are (Latin-1), is one of ours.

        Every key is compared, each in constant time, so that time tells nothing of which is near.
        """
        given = key.encode("latin-1", "replace")
        return any([secrets.compare_digest(given, known) for known in self._keys])  # noqa: C419 - every one
