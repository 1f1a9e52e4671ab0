"""Why a model stopped, in the servers' words."""

from __future__ import annotations

__all__ = ["CUT_OFF", "FILTERED", "stopped"]

CUT_OFF = frozenset({"length", "max_tokens", "max_output_tokens", "model_length"})
"""The reply was longer than allowed."""
FILTERED = frozenset(
    {"content_filter", "safety", "prohibited_content", "blocklist", "spii", "guardrail_intervened"}
)
"""The server took the reply or parts of it away."""


def stopped(finish: str | None) -> str:
    """A server's word in one spelling; empty where there is none."""
    return (finish or "").lower().replace("-", "_")
