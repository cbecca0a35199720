"""How an answer is laid out as Markdown, one file a kind of answer; reports/md.py prints them."""
