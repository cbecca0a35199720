"""TensorBoard event files, read without tensorboard.

crc → offsets → tfrecord → protobuf → record_layout → columns → points → event_file (→ many): the
scalars of a file, or of many. first_scalar → run_folders → series_names → segments → restarts → notes → run: files
become a run.
"""
