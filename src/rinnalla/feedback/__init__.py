"""Asking how it went: questions that staff write, answers that people give, results that point at no one.

What always holds: one answer a round and never more rounds than the question has; a question that was answered keeps
its scale; skipping is free; what is told of the answers never stands for fewer than five people (`policy.countable`).
"""
