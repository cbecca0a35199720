"""What the frameworks' own callbacks do with a sequence of values; one file a framework."""
