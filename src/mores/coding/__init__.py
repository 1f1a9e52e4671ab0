"""From a stored reply to an outcome: pure, and re-runnable over replies already paid for."""
