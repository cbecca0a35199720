"""TensorBoard event files, read without tensorboard.

folding → crc → lockstep → periods → framing → wire → exemplar → columns → gather → decode (→ batch): the scalars of a
file, or of many. first → layout → naming → sequence → remarks → assemble: files become a run.
"""
