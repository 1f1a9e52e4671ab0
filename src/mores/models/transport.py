"""One HTTP exchange with a model server: connection, time limits, size limit, key and proxy."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from mores.errors import ModelError
from mores.models.failures import Oversized, Patience, Transient, Unusable
from mores.models.providers import Endpoint
from mores.models.scrub import Scrubber, one_line
from mores.version import __version__

if TYPE_CHECKING:
    import aiohttp
    from yarl import URL

__all__ = ["CHAT", "LARGEST_BODY", "MODELS", "Response", "Transport"]

CHAT, MODELS = "/chat/completions", "/models"

LARGEST_BODY = 16 * 2**20


@dataclass(frozen=True, slots=True)
class Response:
    """What came back: status, headers (names in any case) and the whole body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Transport:
    """Connections to one server.

    Redirects are not followed, cookies not kept, certificates verified, and neither ``.netrc`` nor
    anything else than the endpoint says where a key comes from.

    Parameters
    ----------
    endpoint : Endpoint
        Where, and with which key and proxy.
    patience : Patience
        Its time limits.
    scrub : Scrubber
        Takes secrets out of error messages.
    """

    def __init__(self, endpoint: Endpoint, patience: Patience, scrub: Scrubber) -> None:
        self._endpoint = endpoint
        self._patience = patience
        self._scrub = scrub
        self._session: aiohttp.ClientSession | None = None
        self._proxy: dict[str, Any] = {}

    async def open(self) -> None:
        """Make ready to connect; no connection is made yet.

        Raises
        ------
        ModelError
            If the address is one that only looks like one.
        """
        if self._session is not None:
            return
        import aiohttp
        from yarl import URL

        headers = {"Content-Type": "application/json", "User-Agent": f"mores/{__version__}"}
        if self._endpoint.key is not None:
            headers["Authorization"] = f"Bearer {self._endpoint.key.reveal()}"
        try:
            if self._endpoint.proxy is not None:
                self._proxy = {"proxy": URL(self._endpoint.proxy.reveal())}
            self._urls = {path: URL(self._endpoint.base + path) for path in (CHAT, MODELS)}
        except ValueError:
            raise ModelError(
                f"{self._endpoint.base}, or the proxy before it, is not a usable address; check its "
                "host name and port"
            ) from None
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ttl_dns_cache=300),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(
                total=self._patience.attempt, sock_connect=self._patience.connect
            ),
            headers=headers,
            trust_env=False,
        )

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()

    async def post(self, path: str, body: bytes) -> Response:
        """Send a body and read the response.

        Raises
        ------
        Transient
            If no connection comes about, it breaks, or takes too long.
        Oversized
            If the body exceeds 16 MiB.
        Unusable
            If the proxy will not have it.
        ModelError
            If the server's certificate cannot be verified.
        """
        return await self._exchange("POST", path, body)

    async def get(self, path: str) -> Response:
        """Read a resource; fails as `post` does."""
        return await self._exchange("GET", path, None)

    async def send(self, path: str, body: bytes, headers: Mapping[str, str]) -> Response:
        """`post` with further headers."""
        return await self._exchange("POST", path, body, headers=headers)

    async def upload(
        self, path: str, file: BinaryIO, name: str, fields: Mapping[str, str]
    ) -> Response:
        """Send an open file as a form, without reading it whole, for as long as it goes on.

        Parameters
        ----------
        path : str
            Where to.
        file : binary file
            Read from where it stands; the caller closes it.
        name : str
            The file's name for the server.
        fields : mapping
            Further fields of the form.

        Raises
        ------
        Transient, Oversized, Unusable, ModelError
            As `post` does.
        """
        import aiohttp

        form = aiohttp.FormData(fields)
        form.add_field("file", file, filename=name, content_type="application/jsonl")
        sent = form()
        kind = {"Content-Type": sent.content_type}
        return await self._exchange("POST", path, sent, headers=kind, timeout=self._unhurried())

    @asynccontextmanager
    async def reading(self, path: str) -> AsyncIterator[tuple[Response, AsyncIterator[bytes]]]:
        """A resource of any length: status and headers, and its bytes as they come.

        The body in the response is that of an error, and empty where there are bytes to come.

        Raises
        ------
        Transient, Oversized, Unusable, ModelError
            As `post` does, also while the bytes are drawn.
        """
        async with self._asking("GET", path, None, timeout=self._unhurried()) as response:
            good = 200 <= response.status < 300
            content = b"" if good else await _read(response)
            head = Response(response.status, response.headers, content)
            yield head, response.content.iter_any()

    def _unhurried(self) -> aiohttp.ClientTimeout:
        """Time limits for what may be long: between two pieces, not over all."""
        import aiohttp

        patience = self._patience
        return aiohttp.ClientTimeout(
            total=None, sock_connect=patience.connect, sock_read=patience.attempt
        )

    async def _exchange(self, method: str, path: str, body: Any, **options: Any) -> Response:
        async with self._asking(method, path, body, **options) as response:
            content = await _read(response)
            return Response(response.status, response.headers, content)

    @asynccontextmanager
    async def _asking(
        self, method: str, path: str, body: Any, **options: Any
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """One exchange, whose failures are told as ours."""
        if self._session is None:
            raise ModelError("the connection is not open; await prepare() before ask()")
        import aiohttp

        try:
            async with self._session.request(
                method, self._url(path), data=body, allow_redirects=False, **self._proxy, **options
            ) as response:
                yield response
        except TimeoutError as problem:
            raise self._too_slow(problem) from None
        except (aiohttp.ClientError, OSError, ValueError) as problem:
            raise self._broken(problem) from None

    def _url(self, path: str) -> URL:
        from yarl import URL

        return self._urls.get(path) or URL(self._endpoint.base + path)

    def _too_slow(self, problem: TimeoutError) -> Transient:
        import aiohttp

        if isinstance(problem, aiohttp.ConnectionTimeoutError):
            return Transient(f"no connection within {self._patience.connect:g} s", unreachable=True)
        return Transient(f"no complete answer within {self._patience.attempt:g} s")

    def _broken(self, problem: Exception) -> Exception:
        """What a broken exchange means; the library's own exceptions hold headers, ours do not."""
        import aiohttp

        words = one_line(self._scrub(str(problem))) or type(problem).__name__
        if isinstance(problem, aiohttp.ClientConnectorCertificateError):
            return ModelError(
                f"the certificate of {self._endpoint.base} cannot be verified ({words}); if it is "
                "signed by an authority of your own, name its file in SSL_CERT_FILE"
            )
        if isinstance(problem, aiohttp.ClientHttpProxyError):
            status = problem.status
            if status == 407:
                return Unusable(407, one_line(self._scrub(problem.message)))
            return Transient(f"the proxy answers HTTP {status}", unreachable=True)
        if isinstance(problem, aiohttp.ClientConnectorError):
            return Transient(words, unreachable=True)
        if isinstance(problem, aiohttp.ClientPayloadError):
            return Transient(f"truncated or undecodable body: {words}")
        return Transient(f"connection broken: {words}")


async def _read(response: aiohttp.ClientResponse) -> bytes:
    length = response.content_length
    if length is not None and length > LARGEST_BODY:
        raise Oversized(f"a body of {length} bytes, more than the {LARGEST_BODY} that are read")
    chunks, size = [], 0
    async for chunk in response.content.iter_any():
        size += len(chunk)
        if size > LARGEST_BODY:
            raise Oversized(f"a body of more than the {LARGEST_BODY} bytes that are read")
        chunks.append(chunk)
    return b"".join(chunks)
