"""Plug-ins that are faulty, each in another way."""
