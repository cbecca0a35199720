"""A report as one HTML file that opens anywhere: what it holds, and the template it is written with."""
