"""What the frameworks' own callbacks do with a sequence of values, and code for them; one file a framework."""
