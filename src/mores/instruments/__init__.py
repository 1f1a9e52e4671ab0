"""What is asked: values, topics, answer scales and dilemmas, as data with one reader a kind."""
