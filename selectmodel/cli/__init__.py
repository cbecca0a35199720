"""The command line: parse, call one function, print, exit. What must be set before anything heavy is imported."""

import gc
import os

# numpy starts a pool of BLAS threads when imported, which costs more than all the arithmetic done here.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Importing makes many objects and no garbage; looking for some after every 700 of them takes 5 ms of a short command.
gc.set_threshold(50_000)
