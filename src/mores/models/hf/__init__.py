"""Causal language models run in this process: extra ``hf`` (torch, transformers).

Nothing here imports torch before a model is prepared.
"""
