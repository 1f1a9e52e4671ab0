"""WHO answers: simulated respondents and language models behind one interface."""
