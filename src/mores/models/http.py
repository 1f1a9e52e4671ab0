"""A language model behind any OpenAI-compatible chat server."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from mores.errors import ModelError
from mores.models import dialect
from mores.models.chat import all_answered, answered, body_of, reply_in
from mores.models.failures import Failure, Patience, Refused, Transient, Unusable, failure_of
from mores.models.interface import Capabilities
from mores.models.negotiate import negotiate
from mores.models.providers import Endpoint
from mores.models.scoring_check import find_scoring
from mores.models.scrub import Scrubber, one_line
from mores.models.throttle import Throttle
from mores.models.transport import CHAT, MODELS, Transport
from mores.records import Reply, Request

__all__ = ["HttpModel"]

_LISTED = 10


class HttpModel:
    """A language model behind an OpenAI-compatible chat server.

    Parameters
    ----------
    endpoint : Endpoint
        Where it is asked.
    concurrency : int, default 32
        Most requests in flight; the number adapts downward when the server asks for fewer.
    patience : Patience, optional
        Time limits and retries.

    Attributes
    ----------
    spec, label, simulated, block_size
        See `mores.models.interface.Model`.
    endpoint : Endpoint
        Where it is asked.
    throttle : Throttle
        The present limit on requests in flight.
    """

    simulated = False
    block_size = 1

    def __init__(
        self, endpoint: Endpoint, concurrency: int = 32, patience: Patience | None = None
    ) -> None:
        self.spec = endpoint.spec
        self.label = endpoint.model
        self.endpoint = endpoint
        self.throttle = Throttle(concurrency)
        self._patience = patience or Patience()
        self._scrub = Scrubber(endpoint.secrets)
        self._transport = Transport(endpoint, self._patience, self._scrub)
        self._capabilities: Capabilities | None = None
        self._verdict: asyncio.Task[ModelError] | None = None
        self._held = asyncio.Event()
        self._sending: set[asyncio.Task[Any] | None] = set()

    def __repr__(self) -> str:
        return f"HttpModel({self.spec!r})"

    @property
    def capabilities(self) -> Capabilities:
        """What it can do; the default until `prepare` has found out."""
        return self._capabilities or Capabilities()

    @property
    def identity(self) -> dict[str, Any]:
        """What can change an answer: the model's name and what is sent, not where it is sent."""
        able = self.capabilities
        known = {
            "kind": "http",
            "dialect": dialect.NAME,
            "model": self.endpoint.model,
            "system": able.system,
            "structured": able.structured,
            "seed": able.seed,
            "sampling": sorted(able.sampling),
        }
        if able.scoring == "none":
            return known
        form = json.loads(able.scoring_form or "{}")
        return {**known, "scoring": able.scoring, "logprobs": able.logprobs, "scoring_form": form}

    async def prepare(self, known: Capabilities | None = None) -> None:
        """Make ready to connect and find out what the server takes.

        Parameters
        ----------
        known : Capabilities, optional
            Taken as they are, without asking the server.

        Raises
        ------
        ModelError
            If a key is needed and not there, nothing answers, or the key, the model's name or the
            plainest request is rejected.
        """
        if self.endpoint.key_needed and self.endpoint.key is None:
            variable = self.endpoint.key_variable
            raise ModelError(
                f"{self.spec} needs a key, and {variable} is not set; put the key in the environment "
                f"variable {variable}"
            )
        await self._transport.open()
        if known is not None:
            self._capabilities = known
        if self._capabilities is not None:
            return
        try:
            self._capabilities = await negotiate(self.send)
        except Refused as refusal:
            raise ModelError(
                f"{self.spec} refuses even a plain question: {refusal.reason}; check the model's "
                "name and that it is a chat model"
            ) from None
        except Failure as failure:
            raise ModelError(self._unanswered(failure)) from None

    async def prepare_scoring(self) -> None:
        """Find out how the server tells the probabilities of labels; after `prepare`.

        Raises
        ------
        ModelError
            If it does not tell them; see `mores.models.scoring_check.find_scoring`.
        """
        if self.capabilities.scoring != "none":
            return
        try:
            self._capabilities = await find_scoring(self.send, self.capabilities, self.spec)
        except Failure as failure:
            raise ModelError(self._unanswered(failure)) from None

    def _unanswered(self, failure: Failure) -> str:
        base = self.endpoint.base
        if isinstance(failure, Transient) and failure.unreachable:
            return f"nothing answers at {base} ({failure.reason}); is the server running?"
        return (
            f"{self.spec} gave no usable answer at {base} ({failure.reason}); try again later, or "
            "check that the address is that of an OpenAI-compatible server"
        )

    async def ask(self, requests: Sequence[Request]) -> Sequence[Reply]:
        """One reply for each request, in order; a failed request is a reply with its reason.

        Raises
        ------
        ModelError
            If no request can succeed: the key, the model's name or the address is rejected.
        """
        return await all_answered(self._answer, requests)

    async def _answer(self, request: Request) -> Reply:
        return await answered(self.send, request, self.capabilities)

    async def send(
        self,
        request: Request,
        capabilities: Capabilities,
        extra: Mapping[str, Any] | None = None,
    ) -> Reply:
        """Send a request as to a model of the given capabilities, again as long as that may help.

        Parameters
        ----------
        request : Request
            What is asked.
        capabilities : Capabilities
            What is left out of the payload.
        extra : mapping, optional
            Further fields of the payload.

        Raises
        ------
        Failure
            If there is no answer.
        ModelError
            If no request can succeed.
        """
        body = body_of(request, capabilities, self.endpoint.model, extra)
        if self._verdict is not None:
            raise await asyncio.shield(self._verdict)
        # seconds count from here: time spent waiting to be let in is not the server's
        ticket = await self.throttle.enter()
        began = time.monotonic()
        try:
            try:
                return await self._once(ticket, body, began)
            except Transient as problem:
                return await self._unless_held(body, began, problem)
        except Failure as failure:
            failure.seconds = time.monotonic() - began
            raise
        except Unusable as unusable:
            verdict = self._verdict or asyncio.ensure_future(self._condemn(unusable))
            self._verdict = verdict
        raise await asyncio.shield(verdict)

    async def _once(self, ticket: int, body: bytes, began: float) -> Reply:
        """One attempt, by one who has been let in."""
        task = asyncio.current_task()
        self._sending.add(task)
        try:
            response = await self._transport.post(CHAT, body)
            reply = reply_in(response, time.monotonic() - began, self._scrub)
        except Transient as problem:
            if problem.limited:
                self.throttle.limited(ticket, self._capped(problem.wait))
            raise
        else:
            self.throttle.succeeded(ticket)
            return reply
        finally:
            self._sending.discard(task)
            self.throttle.leave()

    def hold(self) -> None:
        """Send nothing more; what is on its way may still come back."""
        self.throttle.hold()
        self._held.set()

    async def _unless_held(self, body: bytes, began: float, problem: Transient) -> Reply:
        """Further attempts, given up when `hold` is called while they wait for their turn."""
        again = asyncio.ensure_future(self._again(body, began, problem))
        held = asyncio.ensure_future(self._held.wait())
        try:
            await asyncio.wait({again, held}, return_when=asyncio.FIRST_COMPLETED)
            if not again.done() and again not in self._sending:
                raise problem
            return await again
        except asyncio.CancelledError:
            if self._held.is_set() and again.cancelled():
                raise problem from None
            raise
        finally:
            held.cancel()
            again.cancel()
            await asyncio.gather(held, again, return_exceptions=True)

    async def _again(self, body: bytes, began: float, problem: Transient) -> Reply:
        """Further attempts after a first one, which is not made to pay for their machinery."""
        import stamina

        _hush(stamina.__name__)
        patience = self._patience
        first: Transient | None = problem
        left = max(0.001, patience.total - (time.monotonic() - began))
        async for attempt in stamina.retry_context(
            on=self._backoff,
            attempts=patience.attempts,
            timeout=left,
            wait_initial=patience.wait_initial,
            wait_jitter=patience.wait_jitter,
            wait_max=patience.wait_max,
        ):
            with attempt:
                if first is not None:
                    problem, first = first, None
                    raise problem
                return await self._once(await self.throttle.enter(), body, began)
        raise AssertionError("the last failure is raised by the loop")

    def _backoff(self, problem: Exception) -> bool | float:
        """Whether and, if the server says so, when to ask again."""
        if not isinstance(problem, Transient):
            return False
        if problem.unreachable and self._capabilities is None:
            return False
        wait = self._capped(problem.wait)
        if wait is None:
            return True
        return wait + random.uniform(0, self._patience.wait_jitter)  # noqa: S311

    def _capped(self, wait: float | None) -> float | None:
        return None if wait is None else min(wait, self._patience.wait_max)

    async def listed(self) -> list[dict[str, Any]]:
        """What the server says of its models, one entry each; empty if it does not say.

        Raises
        ------
        Failure, Unusable
            If it does not answer.
        """
        try:
            async with asyncio.timeout(self._patience.connect):
                response = await self._transport.get(MODELS)
        except TimeoutError:
            raise Transient("no list of models in time") from None
        if response.status != 200:
            raise failure_of(response.status, response.headers, response.body, self._scrub)
        try:
            entries = json.loads(response.body)["data"]
        except (ValueError, RecursionError, LookupError, TypeError):
            return []
        if not isinstance(entries, list):
            return []
        return [e for e in entries if isinstance(e, dict) and isinstance(e.get("id"), str)]

    async def _condemn(self, verdict: Unusable) -> ModelError:
        """The error that says why no request can succeed, and what to do."""
        base, model, variable = self.endpoint.base, self.endpoint.model, self.endpoint.key_variable
        told = f": {verdict.message}" if verdict.message else ""
        status = verdict.status
        if 300 <= status < 400:
            place = f" to {verdict.message}" if verdict.message else ""
            return ModelError(
                f"{base} redirects{place} (HTTP {status}), which is not followed, so that no key "
                "goes where it should not; use the address of the server itself"
            )
        if status == 407:
            return ModelError(f"the proxy wants a password{told}; put it into its address")
        if status == 402:
            return ModelError(f"{base} wants payment for {model}{told}; check your account there")
        if status == 401 and self.endpoint.key is None:
            return ModelError(f"{base} wants a key{told}; put one into {variable}")
        if status in (401, 403):
            return ModelError(
                f"{base} rejects the key for {model} (HTTP {status}{told}); check that {variable} "
                "holds a key that is valid there and may use this model"
            )
        return ModelError(
            f"{base} has no chat model {model!r} (HTTP {status}{told}); {await self._remedy()}"
        )

    async def _remedy(self) -> str:
        """Which names could have been used, as far as the server tells."""
        try:
            names = sorted({one_line(entry["id"], 100) for entry in await self.listed()})
        except (Failure, Unusable, ModelError):
            names = []
        if not names:
            return (
                "check the name, and the address: it usually ends in /v1, and /chat/completions "
                "is put after it"
            )
        near = get_close_matches(self.endpoint.model, names, n=_LISTED, cutoff=0.4)
        some = [*near, *(name for name in names if name not in near)][:_LISTED]
        more = f" and {len(names) - len(some)} more" if len(names) > len(some) else ""
        return f"it lists {', '.join(some)}{more}"

    async def close(self) -> None:
        """Close every connection; `prepare` opens them again."""
        if self._verdict is not None and not self._verdict.done():
            self._verdict.cancel()
            await asyncio.gather(self._verdict, return_exceptions=True)
        await self._transport.close()


def _hush(name: str) -> None:
    """Keep a library's log of retries off standard error unless logging has been set up."""
    import logging

    logger = logging.getLogger(name)
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
