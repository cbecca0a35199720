"""Plug-ins of selectmodel, a module each."""
