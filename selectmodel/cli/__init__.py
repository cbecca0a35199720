"""The command line: parse, call one function, print, exit. What must be set before anything heavy is imported."""

import gc
import os

# numpy starts a pool of BLAS threads when imported, which costs more than all the arithmetic done here.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Importing makes many objects and no garbage; looking for some among the 60 000 of a pick takes 15 ms, once.
gc.set_threshold(200_000)
