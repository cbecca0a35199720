"""TensorBoard event files, read without tensorboard.

crc → framing → wire → columns → decode: the scalars of one file. layout → sequence → assemble: files become a run.
"""
