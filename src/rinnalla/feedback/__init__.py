"""Asking how it went: questions that staff write, answers that people give, results that point at no one.

What always holds: a question asked again keeps its earlier answers; skipping is free; a result is told only when enough
people have answered, and never who.
"""
