"""A learner's record as a file, out and in: docs/export.md describes it."""
