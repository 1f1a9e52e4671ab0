"""The main table of Wedgwood, Thaker, Kale and Smith (2026), Personalization, Personas, and
Forecasting in Value Alignment (Figure 2), as printed: data for tests.
"""

PRINTED = [
    # model, framing, coverage, baseline gap, response gap, shift, alignment
    ("GPT-5.4", "language", 0.997, 0.337, 0.341, 0.137, -0.005),
    ("GPT-5.4", "user-country", 0.967, 0.343, 0.336, 0.166, 0.007),
    ("GPT-5.4", "persona-country", 0.969, 0.344, 0.313, 0.193, 0.031),
    ("GPT-5.4", "third-person", 0.967, 0.343, 0.270, 0.261, 0.073),
    ("Claude Sonnet 4.6", "language", 0.925, 0.309, 0.319, 0.105, -0.010),
    ("Claude Sonnet 4.6", "user-country", 0.916, 0.310, 0.292, 0.150, 0.018),
    ("Claude Sonnet 4.6", "persona-country", 0.927, 0.311, 0.291, 0.192, 0.019),
    ("Claude Sonnet 4.6", "third-person", 0.927, 0.312, 0.293, 0.209, 0.019),
    ("Gemini 2.5 Flash", "language", 0.851, 0.359, 0.348, 0.128, 0.012),
    ("Gemini 2.5 Flash", "user-country", 0.801, 0.362, 0.324, 0.168, 0.038),
    ("Gemini 2.5 Flash", "persona-country", 0.861, 0.368, 0.309, 0.216, 0.059),
    ("Gemini 2.5 Flash", "third-person", 0.790, 0.366, 0.291, 0.238, 0.075),
    ("Qwen3-235B", "language", 0.991, 0.311, 0.345, 0.128, -0.034),
    ("Qwen3-235B", "user-country", 0.966, 0.317, 0.324, 0.169, -0.007),
    ("Qwen3-235B", "persona-country", 0.966, 0.317, 0.297, 0.216, 0.020),
    ("Qwen3-235B", "third-person", 0.963, 0.317, 0.283, 0.255, 0.034),
]
