"""A policy and a CI job to begin with."""
