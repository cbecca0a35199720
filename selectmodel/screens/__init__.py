"""How each kind of answer is laid out for a person; reports/text.py prints them."""
