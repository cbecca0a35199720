"""TensorBoard event files, read without tensorboard.

crc → lockstep → periods → framing → wire → columns → gather → decode (→ batch): the scalars of a file, or of many.
first → layout → sequence → assemble: files become a run.
"""
